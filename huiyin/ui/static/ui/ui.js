// What every page can do with scripts. Each page also works without: buttons that need a script are `hidden` until here.
(function () {
  "use strict";

  const WORDS = {
    offline: "网络断了，这一步没有办成。请检查网络后再试，您填写的内容还在。",
    failed: "这一步没有办成，也没有改动任何内容。请稍后再试。",
    left: (n) => (n >= 0 ? `还可以写 ${n} 字` : `超出 ${-n} 字，请删减`),
  };
  const AGAIN_AFTER = 20000; // a button comes back if the page is still here, as after a download
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  function say(sentence) {
    const place = document.getElementById("notices");
    if (!place) return;
    const note = document.createElement("div");
    note.className = "note note-red";
    note.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = sentence;
    note.append(line);
    place.replaceChildren(note);
    place.scrollIntoView({ block: "nearest" });
  }

  // Double click: the first submit counts. Buttons go grey after the browser has read their values.
  function release(form) {
    delete form.dataset.sent;
    all("[data-held]", form).forEach((button) => {
      button.disabled = false;
      delete button.dataset.held;
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-type-switch")) return;
    if (form.dataset.sent) return event.preventDefault();
    setTimeout(() => {
      if (event.defaultPrevented) return;
      form.dataset.sent = "1";
      all("button:not([type=button]), input[type=submit]", form).forEach((button) => {
        if (button.disabled) return;
        button.disabled = true;
        button.dataset.held = "1";
      });
      setTimeout(() => release(form), AGAIN_AFTER);
    }, 0);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(release));

  // Leaving a page with a guarded form that was changed and not sent: the browser asks.
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.hasAttribute("data-guard")) form.dataset.changed = "1";
  });
  window.addEventListener("beforeunload", (event) => {
    if (all("form[data-guard][data-changed]").some((form) => !form.dataset.sent)) event.preventDefault();
  });

  // Keys: data-key on a link clicks it, on a field focuses it; Ctrl+Enter sends the form one is in; Escape closes menus.
  const isTyping = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method is choosing characters
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target.form || (event.target.closest && event.target.closest("form"));
      if (!form || form.method !== "post") return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-main]") || form.querySelector("button:not([type=button])"));
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && event.code.startsWith("Key")) {
      const chosen = document.querySelector(`input[type="radio"][accesskey="${event.code.slice(3).toLowerCase()}"]`);
      if (!chosen) return; // while typing too: what is typed keeps the focus
      event.preventDefault();
      chosen.click();
    } else if (event.key === "Escape") {
      const open = (event.target.closest && event.target.closest("details.menu[open]")) || document.querySelector("details.menu[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1 && !isTyping(event.target)) {
      const key = event.key.normalize("NFKC").toLowerCase(); // ？ and ／ of a Chinese keyboard are meant too
      const found = all("[data-key]").find((element) => element.dataset.key === key);
      if (!found) return;
      event.preventDefault();
      if (isTyping(found)) {
        found.focus();
        found.select();
      } else {
        found.click();
      }
    }
  });
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // The box at the head of a list ticks those below it.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-check-all]")) return;
    all("tbody input[type=checkbox]", event.target.closest("table")).forEach((box) => (box.checked = event.target.checked));
  });

  // Copying works on plain http too (an intranet), where navigator.clipboard does not exist.
  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "out-of-sight";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copy refused");
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const label = button.querySelector("span") || button;
    try {
      await copy((source.value || source.textContent).trim());
      const before = label.textContent;
      label.textContent = button.dataset.copied;
      setTimeout(() => (label.textContent = before), 2500);
    } catch {
      const range = document.createRange(); // at least it stands selected
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-back]")) history.back();
    if (event.target.closest("[data-print]")) print();
  });

  // Large type without loading the page again, so that nothing typed is lost.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-type-switch")) return;
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" })
      .then(() => {
        const isLarge = document.documentElement.classList.toggle("large");
        all("[data-type-switch] button").forEach((button) => button.setAttribute("aria-pressed", isLarge));
      })
      .catch(() => say(WORDS.offline));
  });

  function count(area) {
    const place = document.querySelector(`[data-left-over="${CSS.escape(area.id)}"]`);
    const most = Number(area.getAttribute("maxlength") || place?.dataset.most);
    if (place && most) place.textContent = WORDS.left(most - Array.from(area.value).length);
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) count(event.target);
  });

  // Closed explanations are printed open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all("details:not(.menu):not([open])");
    opened.forEach((details) => (details.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));

  document.addEventListener("htmx:sendError", () => say(WORDS.offline));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    // An error page of a proxy must never land inside a part of ours.
    if (answer.status >= 400 && answer.status !== 422 && !answer.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = false;
      say(WORDS.failed);
    }
  });

  function prepare(root) {
    all("[data-copy], [data-print], [data-check-all]", root).forEach((button) => (button.hidden = false));
    if (history.length > 1) all("[data-back]", root).forEach((button) => (button.hidden = false));
    all("textarea", root).forEach(count);
  }
  document.addEventListener("htmx:load", (event) => prepare(event.target));
  prepare(document);
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
})();
