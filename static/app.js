"use strict";
/* On every page: printing, focus on what needs attention, and uploads that start by themselves. */
(function () {
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  const first = document.querySelector("[autofocus]");
  if (first && !location.hash) first.focus();

  document.body.addEventListener("change", (event) => {
    const form = event.target.closest("#upload-form");
    if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = document.getElementById("upload-progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
})();
