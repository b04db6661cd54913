"use strict";
/* On every page: printing, copying, focus on what needs attention, and uploads that start by themselves. */
(function () {
  document.querySelectorAll("[data-print], [data-copy]").forEach((button) => {
    const text = document.getElementById(button.dataset.copy);
    const copy = () => { text.select(); if (document.execCommand("copy")) button.textContent = button.dataset.done; };
    button.hidden = false;
    button.addEventListener("click", text ? copy : () => window.print());
  });

  const first = document.querySelector("[autofocus]");
  if (first && !location.hash) first.focus();

  const uploadForm = () => document.getElementById("upload-form");
  const tellUpload = (text) => {
    const fault = document.getElementById("upload-fault");
    if (fault) fault.textContent = text;
    const bar = document.getElementById("upload-progress");
    if (bar) bar.hidden = true;
  };
  if (uploadForm() && window.htmx) document.documentElement.classList.add("uploads-by-itself");
  document.body.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-limit-mb]");
    if (!form || event.target.type !== "file" || !event.target.files.length) return;
    const limit = Number(form.dataset.limitMb), size = event.target.files[0].size / 1048576;
    const todo = form.dataset.advice || "Giảm dung lượng rồi chọn lại.";
    if (size > limit) tellUpload(`Tệp ${Math.ceil(size)} MB, nhiều nhất ${limit} MB. ${todo}`);
    else if (form === uploadForm()) form.requestSubmit();
    else tellUpload("");
    if (size > limit && form !== uploadForm()) event.target.value = "";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = event.detail;
    if (event.detail.elt !== uploadForm() || xhr.status === 200 || xhr.status === 422) return;
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html").body.textContent.trim();
    tellUpload(xhr.status && answer ? answer : "Tải lên chưa xong. Kiểm tra kết nối rồi chọn lại tệp.");
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = document.getElementById("upload-progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
})();
