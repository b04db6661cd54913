"use strict";
/* The report form saves itself. htmx sends; this file decides what is sent and what an answer means.

   A field is dirty while it differs from what the server last had (its base). Only dirty fields are sent, each with
   its base, so that a save never touches what somebody else wrote and a repeated save changes nothing. Every request
   carries the page's own number, one higher each time: an old one that arrives late changes nothing. */
(function () {
  const form = document.getElementById("report-form");
  if (!form || !window.htmx) return;
  const { drafts } = window;

  const ADDRESS = /^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+$/;
  const LONGEST_UNSAVED = 3000; // ms of uninterrupted typing before a save starts anyway
  const LONGEST_WAIT = 60; // s between two attempts while the server does not answer

  const title = document.title;
  const bases = new Map();
  const dirty = new Set();
  const parked = new Set(); // in conflict, until the clerk has chosen
  let sent = new Map(); // what is on its way, or was when the answer got lost
  let unsure = null; // what sent it then: the form, or a row button, whose press is repeated under its number
  let attempts = 0;
  let pressed = null; // a button that waits until everything is saved
  let savedText = "";
  let lastField = null;
  let settled = () => {}; // tells who waits for it that everything is saved, or cannot be now
  let retryTimer = null;
  let typingTimer = null;

  // --- Values of fields -------------------------------------------------------------------------

  const controls = (name) => Array.from(form.elements).filter((each) => each.name === name && each.type !== "hidden");

  const valueOf = (name, original) => {
    const all = controls(name);
    if (!all.length) return undefined;
    const one = all[0];
    if (one.type === "checkbox") return (original ? one.defaultChecked : one.checked) ? "1" : "";
    if (one.type === "radio") {
      const chosen = all.find((each) => (original ? each.defaultChecked : each.checked));
      return chosen ? chosen.value : "";
    }
    if (one.tagName === "SELECT") {
      const chosen = Array.from(one.options).find((each) => (original ? each.defaultSelected : each.selected));
      return chosen ? chosen.value : "";
    }
    return original ? one.defaultValue : one.value;
  };

  const setValue = (name, value) => controls(name).forEach((each) => {
    if (each.type === "checkbox") each.checked = value === "1";
    else if (each.type === "radio") each.checked = each.value === value;
    else each.value = value;
  });

  const baseOf = (name) => {
    if (!bases.has(name)) bases.set(name, valueOf(name, true));
    return bases.get(name);
  };

  const labelOf = (name) => {
    const [one] = controls(name);
    const label = one.type === "radio" ? one.closest("fieldset").querySelector("legend") : one.labels[0];
    const [item] = one.closest(".item").querySelector("h2").textContent.split(".");
    return `${item}: ${label.textContent.trim().replace(/\s+/g, " ")}`;
  };

  // A value as it is read: what is ticked or chosen has words of its own.
  const textOf = (name, value) => {
    const all = controls(name);
    if (all[0].type === "checkbox") return value ? "đánh dấu" : "không đánh dấu";
    if (all[0].tagName === "SELECT") return Array.from(all[0].options).find((each) => each.value === value)?.text || "";
    if (all[0].type !== "radio") return value;
    return all.find((each) => each.value === value)?.labels[0].textContent.trim() || "";
  };

  // --- The save state ---------------------------------------------------------------------------

  const show = (text, unsaved) => {
    const state = document.getElementById("save-state");
    state.textContent = text;
    state.classList.toggle("unsaved", Boolean(unsaved));
    document.title = (unsaved ? "Chưa lưu – " : "") + title;
  };

  const showUndecided = () => {
    if (parked.size) show(`Chưa lưu ${parked.size} ô`, true);
    return parked.size > 0;
  };

  const pressedInVain = () => (unsure && unsure !== form && form.contains(unsure) ? unsure : null);

  const wordsOf = (button) => `“${button.textContent.trim().replace(/\s+/g, " ")}”`;

  const save = () => (pressedInVain() ? pressedInVain().click() : window.htmx.trigger(form, "retry"));

  const isUnsent = () => unsure !== null || Array.from(dirty).some((name) => !parked.has(name));

  const nextNumber = () => { form.elements.seq.value = Number(form.elements.seq.value) + 1; };

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };

  const saveLater = (leaving, why) => {
    const button = pressedInVain();
    const pressedOne = button ? `; ${wordsOf(button)} sẽ tự làm lại` : "";
    const waits = leaving ? `; có mạng thì bấm lại ${wordsOf(leaving)}` : pressedOne;
    show(`Chưa lưu – ${why || "mất kết nối"}, sẽ tự lưu lại${waits}`, true);
    attempts += 1;
    const seconds = Math.min(LONGEST_WAIT, 2 ** attempts) * (0.8 + 0.4 * Math.random());
    clearTimeout(retryTimer);
    retryTimer = setTimeout(save, seconds * 1000);
  };

  // A page that tells a conflict at its field shows what was typed there, while the server has something else.
  const isTold = (name) => Boolean(document.getElementById(`${name}-theirs`));

  // --- Typing -----------------------------------------------------------------------------------

  const mark = (event) => {
    const name = event.target.name || "";
    if (!ADDRESS.test(name)) return;
    lastField = event.target;
    const button = pressedInVain(); // who writes on in a row does not want it gone any more
    const kept = button && button.value.startsWith("xoa.") && button.closest(".row-card").contains(event.target);
    if (kept) unsure = form;
    if (isTold(name)) parked.delete(name);
    if (event.target.tagName === "TEXTAREA") grow(event.target);
    if (valueOf(name) === baseOf(name) && !sent.has(name)) dirty.delete(name);
    else dirty.add(name);
    drafts.changed();
    if (!dirty.size) return;
    show(kept ? "Đang nhập… Dòng này được giữ lại, không xóa nữa" : "Đang nhập…");
    if (!typingTimer) typingTimer = setTimeout(() => { typingTimer = null; save(); }, LONGEST_UNSAVED);
  };
  // In the capturing phase: before htmx, so that no save starts without the field that caused it.
  form.addEventListener("input", mark, true);
  form.addEventListener("change", mark, true);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
  });
  form.querySelectorAll("textarea").forEach((area) => { if (area.value) grow(area); });
  window.addEventListener("online", () => { if (isUnsent()) save(); });

  // Out of sight the page may be ended without a word, so what is not saved goes out at once; when it is left, by a
  // request that outlives it. That one follows what is on its way, of which no answer will be seen.
  const flush = () => {
    if (!dirty.size) return;
    nextNumber();
    const { ver, tab, seq } = form.elements;
    const body = new URLSearchParams({ ver: ver.value, tab: tab.value, seq: seq.value });
    dirty.forEach((name) => {
      const value = valueOf(name);
      if (parked.has(name) || value === undefined) return;
      body.append(name, value);
      body.append("was." + name, sent.has(name) && !unsure ? sent.get(name) : baseOf(name));
    });
    const headers = { "X-CSRFToken": form.elements.csrf_token.value, "HX-Request": "true" };
    fetch(form.getAttribute("hx-post"), { method: "POST", body, headers, keepalive: true }).catch(() => {});
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty.size) save();
  });
  window.addEventListener("pagehide", flush);
  window.addEventListener("beforeunload", (event) => { if (dirty.size || unsure) event.preventDefault(); });

  // --- What is sent -----------------------------------------------------------------------------

  const isOurs = (event) => form.contains(event.detail.elt);

  document.body.addEventListener("htmx:configRequest", (event) => {
    if (!isOurs(event)) return;
    const { elt, formData: data } = event.detail;
    const ofFields = (name) => ADDRESS.test(name.replace("was.", ""));
    Array.from(new Set(data.keys())).filter(ofFields).forEach((name) => data.delete(name));
    const waiting = pressedInVain();
    if (waiting && elt !== form && elt !== waiting) {
      event.preventDefault(); // one after the other: of several only the last would be carried out
      show(`Chưa làm ${wordsOf(elt)} – mất kết nối; đang chờ làm lại ${wordsOf(waiting)}`, true);
      return;
    }
    if (elt === form && waiting) { event.preventDefault(); save(); return; } // the button goes first
    const again = elt !== form && elt === unsure; // the same request once more, and nothing else
    const before = unsure ? sent : new Map();
    const values = again ? [] : Array.from(dirty, (name) => [name, valueOf(name)]);
    sent = new Map(values.filter(([name, value]) => !parked.has(name) && value !== undefined));
    before.forEach((value, name) => sent.set(name, value));
    sent.forEach((value, name) => {
      data.append(name, value);
      data.append("was." + name, baseOf(name));
    });
    if (!again) nextNumber();
    data.set("seq", form.elements.seq.value);
    event.detail.headers["X-CSRFToken"] = form.elements.csrf_token.value;
  });

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    clearTimeout(typingTimer);
    typingTimer = null;
    if (event.detail.elt !== form || sent.size) return show("Đang lưu…");
    event.preventDefault(); // nothing to save
    if (!showUndecided() && !dirty.size) show(savedText || "Đã lưu");
    return undefined;
  });

  // A button without htmx leaves the page: first everything is saved, so that a lost network loses nothing.
  form.addEventListener("submit", (event) => {
    Array.from(parked).filter(isTold).forEach((name) => parked.delete(name)); // to press it is to keep one's own
    if (dirty.size || unsure) {
      event.preventDefault();
      pressed = event.submitter;
      save();
      return;
    }
    if (!navigator.onLine) { // else the browser would put its own page in the place of this one
      event.preventDefault();
      show(`Mất kết nối – có mạng thì bấm lại ${wordsOf(event.submitter)}`, true);
      return;
    }
    nextNumber();
    Array.from(form.elements).forEach((each) => { if (ADDRESS.test(each.name)) each.disabled = true; });
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // --- What came back ---------------------------------------------------------------------------

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // At once, within the event: htmx sends what is queued right after it.
  const acknowledge = (answer) => {
    const inConflict = Array.from(answer.querySelectorAll("[data-conflict]"), (line) => line.dataset.conflict);
    sent.forEach((value, name) => {
      if (inConflict.includes(name)) { parked.add(name); return; }
      bases.set(name, value);
      if (valueOf(name) === value) dirty.delete(name);
    });
    const late = unsure !== null; // what was typed since then has started no save
    sent = new Map();
    unsure = null;
    attempts = 0;
    clearTimeout(retryTimer);
    drafts.changed(true);
    if (!inConflict.length) savedText = document.getElementById("save-state").textContent;
    if (!showUndecided() && !dirty.size) show(savedText);
    if (late && isUnsent()) { save(); return; }
    if (pressed && !dirty.size) form.requestSubmit(pressed);
    pressed = null;
  };

  const TRY_AGAIN = [401, 408, 429]; // refused for now, not for good

  const askToSignIn = () => {
    show("Chưa lưu – phiên đã hết, hãy đăng nhập lại", true);
    document.getElementById("signin-box").hidden = false;
    document.getElementById("signin-password").focus();
  };

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    const { elt, xhr: { status, responseText } } = event.detail;
    const leaving = pressed;
    if (status !== 200) pressed = null;
    setTimeout(() => { if (status !== 200 || !isUnsent()) settled(); });
    const answer = parse(responseText);
    if (status === 200 || (status === 409 && answer.querySelector("[data-conflict]"))) {
      acknowledge(answer);
    } else if (status >= 400 && status < 500 && !TRY_AGAIN.includes(status)) {
      sent = new Map();
      unsure = null;
      show("Chưa lưu – " + (answer.body.textContent.trim() || "tải lại trang rồi thử lại"), true);
      if (elt !== form && isUnsent()) save(); // the button was refused, and what was typed went with it
    } else {
      unsure = elt;
      if (status === 401) askToSignIn();
      else saveLater(leaving, answer.getElementById("errors-message")?.textContent.split(".")[0]);
    }
  });

  // A swapped block shows what the server has; what was typed meanwhile goes back in.
  let typed = new Map();
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    // A refusal takes no block's place; a save answers with fragments that find their own.
    if (xhr.status === 409 && target.matches(".block, #report-form") && !xhr.responseText.includes("data-conflict")) {
      event.detail.shouldSwap = false;
    }
    typed = new Map(Array.from(dirty, (name) => [name, valueOf(name)]));
  });
  document.body.addEventListener("htmx:afterSwap", () => typed.forEach((value, name) => {
    if (valueOf(name) === undefined && !parked.has(name)) dirty.delete(name);
    else if (valueOf(name) !== value) setValue(name, value);
  }));

  // --- Conflicts --------------------------------------------------------------------------------

  const conflictsIn = (box) => Array.from(box.querySelectorAll("[data-conflict]"));
  const countConflicts = (box) => {
    const heading = box.querySelector("h2");
    heading.textContent = heading.textContent.replace(/^\d+/, conflictsIn(box).length);
  };

  // What is not decided stays, whatever the next save brings.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id !== "conflict-box") return;
    const told = conflictsIn(fragment).map((line) => line.dataset.conflict);
    const open = conflictsIn(target).filter((line) => !told.includes(line.dataset.conflict));
    if (!told.length) { event.detail.shouldSwap = !open.length; return; }
    fragment.querySelector("ul").append(...open);
    countConflicts(fragment);
    setTimeout(() => document.activeElement.scrollIntoView({ block: "nearest" })); // out from behind the box
  });

  document.body.addEventListener("click", (event) => {
    const choice = event.target.dataset.keep;
    if (!choice) return;
    const line = event.target.closest("[data-conflict]");
    const name = line.dataset.conflict;
    bases.set(name, line.dataset.theirs);
    parked.delete(name);
    if (choice === "theirs") {
      setValue(name, line.dataset.theirs);
      dirty.delete(name);
    }
    drafts.changed(true);
    line.remove();
    const box = document.getElementById("conflict-box");
    if (conflictsIn(box).length) countConflicts(box);
    else box.textContent = "";
    save();
  });

  const mine = new Map();
  form.addEventListener("change", ({ target }) => {
    const [prefix, name] = target.name.split(".");
    if (prefix !== "take") return;
    if (target.checked) mine.set(name, valueOf(name));
    setValue(name, target.checked ? baseOf(name) : mine.get(name));
    [dirty, parked].forEach((names) => { if (target.checked) names.delete(name); else names.add(name); });
    drafts.changed();
  }, true);

  // --- Signing in again, in place ---------------------------------------------------------------

  document.getElementById("signin-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const box = event.target;
    const fault = document.getElementById("signin-fault");
    try {
      const page = parse(await (await fetch(box.action)).text());
      const body = new URLSearchParams(new FormData(box));
      body.set("csrf_token", page.querySelector("input[name=csrf_token]").value);
      const answer = await fetch(box.action, { method: "POST", body, headers: { "HX-Request": "true" } });
      if (!answer.ok) { fault.textContent = parse(await answer.text()).body.textContent.trim(); return; }
      const { csrf, username } = await answer.json();
      if (username !== box.dataset.user) {
        fault.textContent = `Phần vừa nhập là của ${box.dataset.user}; hãy đăng nhập bằng tài khoản đó.`;
        return;
      }
      document.querySelectorAll("input[name=csrf_token]").forEach((each) => { each.value = csrf; });
    } catch (error) {
      fault.textContent = "Mất kết nối với máy chủ. Chờ một lát rồi bấm lại.";
      return;
    }
    box.reset();
    fault.textContent = "";
    document.getElementById("signin-box").hidden = true;
    if (lastField) lastField.focus();
    drafts.signedIn();
    save();
  });

  // --- What is kept on this PC ------------------------------------------------------------------

  drafts.attach({
    tab: form.elements.tab.value,
    report: form.dataset.report,
    unit: form.dataset.unit,
    fields: () => Array.from(dirty, (name) => {
      const value = valueOf(name);
      if (value === undefined) return { name, gone: true };
      return { name, value, base: baseOf(name), label: labelOf(name), text: textOf(name, value) };
    }),
    base: (name) => (controls(name).length ? baseOf(name) : undefined),
    text: textOf,
    // Back into the form with the base that it had: what somebody else saved since becomes a conflict.
    restore: ({ name, value, base }) => {
      const [one] = controls(name);
      if (!one || (dirty.has(name) && valueOf(name) !== value)) return false; // what is being typed is newer
      bases.set(name, base);
      setValue(name, value);
      dirty.add(name);
      for (let part = one.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
      if (one.tagName === "TEXTAREA") grow(one);
      return true;
    },
    save,
    // What can still be saved is saved; it is waited for, but not for ever.
    settle: () => new Promise((resolve) => {
      if (!isUnsent()) { resolve(); return; }
      settled = resolve;
      setTimeout(resolve, LONGEST_UNSAVED);
      save();
    }),
    abandon: () => { dirty.clear(); unsure = null; },
  });

  form.querySelectorAll("[data-stored]").forEach(({ dataset }) => {
    bases.set(dataset.storedOf, dataset.stored);
    [dirty, parked].forEach((names) => names.add(dataset.storedOf));
    drafts.changed();
  });
  // On a slow PC somebody types before this file has come; what the browser itself put back is kept out by the form.
  const wasTouched = (each) => (each.tagName === "SELECT"
    ? valueOf(each.name) !== valueOf(each.name, true)
    : each.checked !== each.defaultChecked || each.value !== each.defaultValue);
  Array.from(form.elements).forEach((target) => {
    if (target.type !== "hidden" && ADDRESS.test(target.name) && wasTouched(target)) mark({ target });
  });
  showUndecided();
})();
