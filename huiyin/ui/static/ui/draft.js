// Drafts: what is typed in <form data-draft="filing:what"> stays in this browser until it is sent or cleared.
// data-draft-keep="tab" forgets with the tab (shared computers, anonymous filings). An element with
// data-draft-done="filing" on the page after sending clears every draft whose name begins so.
(function () {
  "use strict";

  const WORDS = {
    kept: (at) => `草稿已保存在这台设备上（${at}）`,
    back: (at) => `已找回 ${at} 的草稿`,
    cleared: "草稿已清除",
    none: "这个浏览器不能保存草稿，请一次填完",
  };
  const PREFIX = "huiyin-draft:";
  const KEPT_FOR = 14 * 24 * 3600 * 1000;
  const WAIT = 400;

  const clock = (ms) => {
    const at = new Date(ms);
    const two = (n) => String(n).padStart(2, "0");
    const today = at.toDateString() === new Date().toDateString();
    return (today ? "" : `${at.getMonth() + 1}月${at.getDate()}日 `) + `${two(at.getHours())}:${two(at.getMinutes())}`;
  };
  const stores = () => [localStorage, sessionStorage];

  function eachStored(act) {
    for (const store of stores()) {
      for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) act(store, key);
    }
  }
  const isOld = (text) => {
    try {
      return Date.now() - JSON.parse(text).at > KEPT_FOR;
    } catch {
      return true;
    }
  };

  // Passwords, files, tokens and what is marked data-no-draft are never kept.
  function fields(form) {
    return Array.from(form.elements).filter(
      (field) =>
        field.name &&
        !["hidden", "password", "file", "submit", "button", "reset", "fieldset"].includes(field.type) &&
        !field.closest("[data-no-draft]"),
    );
  }
  const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

  function read(form) {
    const typed = {};
    for (const field of fields(form)) {
      if (isChoice(field) ? !field.checked : !field.value) continue;
      const values = field.multiple ? Array.from(field.selectedOptions, (option) => option.value) : [field.value];
      typed[field.name] = (typed[field.name] || []).concat(values);
    }
    return typed;
  }

  // What the server filled in wins: only fields that are still empty are given their draft.
  function write(form, typed) {
    let count = 0;
    const chosen = new Set(fields(form).filter((field) => isChoice(field) && field.checked).map((field) => field.name));
    for (const field of fields(form)) {
      const values = typed[field.name];
      if (!values) continue;
      if (isChoice(field)) {
        if (chosen.has(field.name) || !values.includes(field.value)) continue;
        field.checked = true;
      } else if (field.tagName === "SELECT") {
        if (field.value) continue;
        Array.from(field.options).forEach((option) => (option.selected = values.includes(option.value)));
      } else {
        if (field.value) continue;
        field.value = values[0];
      }
      count += 1;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      if (field.tagName === "TEXTAREA") field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return count;
  }

  function watch(form) {
    const key = PREFIX + form.dataset.draft;
    const store = form.dataset.draftKeep === "tab" ? sessionStorage : localStorage;
    const line = form.querySelector("[data-draft-line]");
    const said = form.querySelector("[data-draft-said]");
    const say = (sentence) => {
      if (!line) return;
      line.hidden = false;
      said.textContent = sentence;
    };
    let timer = 0;
    let isOn = true;
    const keep = () => {
      clearTimeout(timer);
      timer = 0;
      if (!isOn) return;
      const typed = read(form);
      try {
        if (Object.keys(typed).length) {
          store.setItem(key, JSON.stringify({ at: Date.now(), typed }));
          say(WORDS.kept(clock(Date.now())));
        } else {
          store.removeItem(key);
        }
      } catch {
        say(WORDS.none);
      }
    };
    const saved = store.getItem(key);
    if (saved && !document.querySelector(".error-summary")) {
      const draft = JSON.parse(saved);
      if (write(form, draft.typed)) say(WORDS.back(clock(draft.at)));
    }
    form.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      isOn = true;
      clearTimeout(timer);
      timer = setTimeout(keep, WAIT);
    });
    form.addEventListener("change", (event) => event.isTrusted && keep());
    window.addEventListener("pagehide", () => timer && keep());
    form.querySelector("[data-draft-clear]")?.addEventListener("click", () => {
      isOn = false;
      clearTimeout(timer);
      eachStored((place, name) => name === key && place.removeItem(name));
      for (const field of fields(form)) {
        if (isChoice(field)) field.checked = field.defaultChecked;
        else field.value = "";
      }
      say(WORDS.cleared);
    });
  }

  try {
    eachStored((store, key) => isOld(store.getItem(key)) && store.removeItem(key));
    document.querySelectorAll("[data-draft-done]").forEach((mark) => {
      const name = PREFIX + mark.dataset.draftDone;
      eachStored((store, key) => (key === name || key.startsWith(name + ":")) && store.removeItem(key));
    });
    document.querySelectorAll("form[data-draft]").forEach(watch);
  } catch {
    // storage is switched off: the form works, only without a draft
  }
})();
