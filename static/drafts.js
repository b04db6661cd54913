"use strict";
/* What was typed and is not yet on the server is kept on this PC, for its account alone, until the server has it.

   In IndexedDB with strict durability: Chromium writes localStorage to the disk up to a minute later, and a power cut
   takes that minute along. One record holds what one open form (named by its "tab") has not saved, so that no window
   touches what another one keeps. Whose window is still open is asked on a channel: what it holds is nobody's loss.
   A browser that refuses to store anything keeps nothing, and then nothing here promises that it did. */
(function () {
  const DAYS_KEPT = 30;
  const WRITE_AFTER = 300; // ms from a key to the disk
  const ANSWER_WITHIN = 300; // ms in which other windows say that they live

  const { account } = document.body.dataset;
  const living = new Set();
  let form = null; // what fill.js tells of the open form
  let known = new Map(); // by name, what was kept last: a row may leave the page before its text is decided on
  let timer = null;
  let forgotten = false; // signed out in another window: what is still on this page is kept no more

  const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

  // --- The records ------------------------------------------------------------------------------

  const opened = new Promise((resolve) => {
    try {
      const request = window.indexedDB.open("nhanquyen", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "tab" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch (refused) {
      resolve(null);
    }
  });

  // What the request of *ask* brought once its transaction is on the disk; null when nothing can be stored.
  const ask = async (mode, question) => {
    const database = await opened;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction("drafts", mode, { durability: "strict" });
        const request = question(transaction.objectStore("drafts"));
        transaction.oncomplete = () => resolve(request.result || true);
        transaction.onabort = () => resolve(null);
      } catch (refused) {
        resolve(null);
      }
    });
  };
  const put = (record) => ask("readwrite", (drafts) => drafts.put(record));
  const drop = (tab) => ask("readwrite", (drafts) => drafts.delete(tab));
  const everything = async () => {
    const found = await ask("readonly", (drafts) => drafts.getAll());
    return Array.isArray(found) ? found : [];
  };
  const ours = async () => (await everything()).filter((record) => account && record.account === account);

  // --- Keeping ----------------------------------------------------------------------------------

  const write = async () => {
    clearTimeout(timer);
    timer = null;
    const fields = forgotten ? [] : form.fields().map((field) => (field.gone && known.get(field.name)) || field);
    if (!fields.length && !known.size) return true;
    known = new Map(fields.map((field) => [field.name, field]));
    const { tab, report, unit } = form;
    const record = { tab, account, report, unit, page: location.pathname, at: Date.now(), fields };
    const done = await (fields.length ? put(record) : drop(tab));
    document.getElementById("kept-state").textContent =
      done && fields.length ? `Máy này đang giữ ${fields.length} ô chưa lưu.` : "";
    return done;
  };

  // --- Offering ---------------------------------------------------------------------------------

  const moment = (at) => {
    const time = new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
    const day = new Date(at).toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit", year: "numeric" });
    return `${time} ngày ${day}`;
  };

  const show = (record, before) => {
    const here = form && form.report === record.report;
    const copy = document.getElementById("kept-draft").content.cloneNode(true);
    const [box, list] = [copy.querySelector("section"), copy.querySelector("dl")];
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const owner = here || !record.unit ? "" : ` của ${record.unit}`;
    part("title").textContent =
      `Máy này còn giữ ${record.fields.length} ô chưa lưu${owner}, nhập lúc ${moment(record.at)}`;
    record.fields.forEach((field) => {
      const stored = here ? form.base(field.name) : undefined;
      const lines = [["dt", field.label], ["dd", field.text || "để trống"]];
      if (here && stored === undefined) lines.push(["dd", "Dòng này không còn trên biểu; chép lại phần trên nếu cần."]);
      else if (here && stored !== field.base) {
        lines.push(["dd", `Đang lưu: “${form.text(field.name, stored) || "để trống"}”.`]);
      }
      lines.forEach(([kind, text], number) => {
        const line = document.createElement(kind);
        line.textContent = text;
        line.className = ["", "lines", "hint"][number];
        list.append(line);
      });
    });
    const remove = () => {
      const next = box.nextSibling;
      box.remove();
      return next;
    };
    part("restore").hidden = !here || record.fields.every(({ name }) => form.base(name) === undefined);
    part("restore").addEventListener("click", async () => {
      const left = record.fields.filter((field) => !form.restore(field));
      if (!(await write())) return;
      form.save();
      const next = remove();
      if (!left.length) { await drop(record.tab); return; }
      await put({ ...record, fields: left });
      show({ ...record, fields: left }, next);
    });
    part("drop").addEventListener("click", async () => {
      if (!window.confirm(`Bỏ hẳn ${record.fields.length} ô này? Bỏ rồi không lấy lại được.`)) return;
      await drop(record.tab);
      remove();
    });
    const at = document.querySelector("[data-report]");
    part("open").hidden = Boolean(at && at.dataset.report === record.report);
    part("open").href = record.page;
    part("fields").open = Boolean(at && at.dataset.report === record.report);
    document.getElementById("main").insertBefore(copy, before || document.getElementById("main").firstChild);
  };

  const offer = async () => {
    if (!(await ours()).length) return;
    if (channel) channel.postMessage({ whoLives: true });
    await wait(ANSWER_WITHIN);
    const found = (await ours()).filter(({ tab }) => !living.has(tab) && !(form && form.tab === tab));
    found.sort((one, other) => one.at - other.at).forEach((record) => {
      const here = form && form.report === record.report;
      const fields = here ? record.fields.filter(({ name, value }) => form.base(name) !== value) : record.fields;
      if (fields.length) show({ ...record, fields });
      else drop(record.tab);
    });
  };

  const removeOld = async () => {
    const oldest = Date.now() - DAYS_KEPT * 24 * 3600 * 1000;
    (await everything()).filter(({ at }) => at < oldest).forEach(({ tab }) => drop(tab));
  };

  // --- Other windows, and signing out -----------------------------------------------------------

  const channel = window.BroadcastChannel ? new window.BroadcastChannel("nhanquyen-drafts") : null;
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (data.whoLives && form) channel.postMessage({ lives: form.tab });
      if (data.lives) living.add(data.lives);
      if (data.signedOut && data.signedOut === account) forgotten = true;
    };
  }

  const signOut = document.getElementById("sign-out");
  if (signOut) {
    signOut.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form) await form.settle();
      const left = await ours();
      const kept = left.filter(({ tab }) => !form || tab !== form.tab);
      const count = kept.reduce((sum, { fields }) => sum + fields.length, form ? form.fields().length : 0);
      const question = `Còn ${count} ô chưa lưu lên máy chủ. Đăng xuất bây giờ sẽ xóa phần này khỏi máy.`;
      if (count && !window.confirm(`${question} Vẫn đăng xuất?`)) return;
      forgotten = true;
      if (channel) channel.postMessage({ signedOut: account });
      await Promise.all(left.map(({ tab }) => drop(tab)));
      if (form) form.abandon();
      signOut.submit();
    });
  }

  // --- What fill.js uses ------------------------------------------------------------------------

  window.drafts = {
    attach: (described) => { form = described; },
    changed: (now) => {
      if (now) write();
      else if (!timer) timer = setTimeout(write, WRITE_AFTER);
    },
    signedIn: () => { forgotten = false; write(); },
  };
  document.addEventListener("DOMContentLoaded", () => removeOld().then(offer));
})();
