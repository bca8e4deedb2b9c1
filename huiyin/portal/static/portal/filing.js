// Filing, one section a screen. Without this script the form is one long page; nothing here is needed to file.
// The key of this attempt stays with the draft, so that a filing whose answer got lost is not received twice.
(function () {
  "use strict";
  const form = document.querySelector("form[data-steps]");
  if (!form) return;
  const sections = Array.from(form.querySelectorAll("section[data-step]"));
  const head = form.querySelector("[data-steps-head]");
  const foot = form.querySelector("[data-steps-foot]");
  const readBack = form.querySelector("[data-read-back]");
  const KEY = "huiyin-draft:filing:key";
  let here = 0;

  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const back = made("button", { type: "button", className: "btn btn-quiet", textContent: form.dataset.backLabel });
  const next = made("button", { type: "button", className: "btn btn-main", textContent: form.dataset.next });
  foot.append(next, back);

  // A step with topics comes up for those topics alone.
  function isOpen(section) {
    const chosen = form.querySelector("input[name=topic]:checked");
    return !section.dataset.topics || Boolean(chosen && section.dataset.topics.split(" ").includes(chosen.value));
  }

  function after(place) {
    let found = place + 1;
    while (found < sections.length - 1 && !isOpen(sections[found])) found += 1;
    return found;
  }

  function show(place, isMove) {
    here = Math.max(0, Math.min(place, sections.length - 1));
    sections.forEach((section, at) => (section.hidden = at !== here));
    const open = sections.filter(isOpen);
    const [before, all] = [Math.max(open.indexOf(sections[here]), 0) + 1, open.length];
    head.querySelector("[data-steps-said]").textContent =
      form.dataset.count.replace("{0}", before).replace("{1}", all) + " · " + sections[here].dataset.step;
    head.querySelector("progress").value = before;
    head.querySelector("progress").max = all;
    back.hidden = here === 0;
    next.hidden = here === sections.length - 1;
    if (here === sections.length - 1) recite();
    if (!isMove) return;
    scrollTo(0, 0);
    // Where there is nothing to do but write, writing begins at once; else the title is read out.
    const toWrite = sections[here].querySelector("[data-write] textarea");
    const title = sections[here].querySelector("h2");
    title.tabIndex = -1;
    if (toWrite && !toWrite.value) toWrite.focus();
    else title.focus({ preventScroll: true });
  }

  // A step that still lacks its one answer says so, and stays.
  function lacking(section) {
    section.querySelectorAll(".field-error[data-here]").forEach((said) => said.remove());
    for (const field of section.querySelectorAll("[data-need]")) {
      if (!field.value.trim()) return [field, field.dataset.need];
    }
    for (const group of section.querySelectorAll("[data-need-text]")) {
      const field = group.querySelector("input, textarea");
      if (!group.closest("[hidden]") && !field.value.trim()) return [field, group.dataset.needText];
    }
    for (const group of section.querySelectorAll("[data-need-one]")) {
      const first = group.querySelector("input[type=radio]");
      if (first && !group.querySelector("input:checked")) return [first, group.dataset.needOne];
    }
    return null;
  }

  function complain([field, sentence]) {
    const said = made("p", { className: "field-error", textContent: sentence });
    said.dataset.here = "";
    said.setAttribute("role", "alert");
    const place = field.closest(".field") || field.parentElement;
    const before = Array.from(place.children).find((child) => child === field || child.contains(field));
    place.insertBefore(said, before);
    field.focus();
  }

  function go(place) {
    history.pushState({ step: place }, "");
    show(place, true);
  }

  next.addEventListener("click", () => {
    const found = lacking(sections[here]);
    if (found) complain(found);
    else go(after(here));
  });
  back.addEventListener("click", () => history.back());
  window.addEventListener("popstate", (event) => show(event.state ? event.state.step || 0 : 0, true));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.target.tagName !== "INPUT" || here === sections.length - 1) return;
    event.preventDefault();
    next.click();
  });

  // Reading back: what each step holds, with a way to each.
  function recite() {
    const list = made("dl", { className: "read-back" });
    sections.slice(0, -1).forEach((section, at) => {
      if (!isOpen(section) || (section.dataset.topics && !answers(section).length)) return;
      const change = made("button", { type: "button", className: "btn btn-quiet", textContent: form.dataset.change });
      change.addEventListener("click", () => go(at));
      const answer = made("dd", { textContent: answers(section).join("\n") || readBack.dataset.nothing });
      const row = made("div", {});
      const aside = made("dd", { className: "read-back-change" }); // a list of terms holds nothing but terms and their dd
      aside.append(change);
      row.append(made("dt", { textContent: section.dataset.step }), aside, answer);
      list.append(row);
    });
    readBack.replaceChildren(list);
    readBack.hidden = false;
  }

  function answers(section) {
    const found = [];
    for (const field of section.querySelectorAll("input, textarea, select")) {
      if (field.closest("[data-known][hidden]") || field.type === "file" || field.type === "hidden") continue;
      if (field.type === "radio" || field.type === "checkbox") {
        if (field.checked) found.push(field.closest("label").querySelector("span").textContent.trim());
      } else if (field.tagName === "SELECT") {
        if (field.value) found.push(field.selectedOptions[0].textContent.trim());
      } else if (field.value.trim()) {
        found.push(field.value.trim());
      }
    }
    section.querySelectorAll("[data-upload-list] li > span").forEach((line) => found.push(line.textContent.replace(/\s+/g, " ").trim()));
    section.querySelectorAll("input[type=file]").forEach((field) => {
      Array.from(field.files).forEach((file) => found.push(file.name));
    });
    return found.filter(Boolean);
  }

  // Name and phone are asked only of those who want to be known.
  function known() {
    const chosen = form.querySelector("input[name=identity]:checked");
    const isAnonymous = Boolean(chosen && chosen.value === "anonymous");
    form.querySelector("[data-known]").hidden = isAnonymous || !chosen;
    form.querySelector("[data-unknown]").hidden = !isAnonymous;
  }
  form.addEventListener("change", (event) => {
    known();
    const folded = event.target.closest("details");
    if (folded && event.target.value) folded.open = true;
  });

  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || "null");
    const isAnew = !document.querySelector(".error-summary");
    if (kept && isAnew && localStorage.getItem("huiyin-draft:filing:new")) form.elements.idempotency_key.value = kept.key;
    form.addEventListener("submit", () => {
      localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), key: form.elements.idempotency_key.value }));
    });
  } catch {
    // storage is switched off: a retry of this page still carries the same key
  }

  form.closest("main").classList.add("in-steps");
  head.hidden = false;
  foot.hidden = false;
  known();
  const wrong = sections.findIndex((section) => section.querySelector(".field-wrong"));
  show(wrong < 0 ? 0 : wrong, false);
  document.querySelectorAll(".error-summary a").forEach((link) => {
    link.addEventListener("click", () => {
      const target = document.getElementById(link.hash.slice(1));
      const place = sections.findIndex((section) => target && section.contains(target));
      if (place >= 0) show(place, false);
    });
  });
})();
