// Resumable uploads for ui/upload.html, one file after another, in pieces (the protocol: huiyin/ui/uploading.py).
// Without this script the file input is sent with its form.
(function () {
  "use strict";

  const WORDS = {
    waiting: "等待上传",
    going: (sent, size, left) => `已传 ${sent} / ${size}${left}`,
    left: (text) => `，还需约 ${text}`,
    seconds: (n) => `${n} 秒`,
    minutes: (n) => `${n} 分钟`,
    lost: (n) => `网络断了，${n} 秒后接着传`,
    checking: "正在检查文件",
    done: (size) => `已上传 · ${size}`,
    cancel: "取消",
    drop: "删去",
    named: (what, name) => `${what}“${name}”`,
    tooLarge: (name) => `“${name}”超过 50 MB，传不了。请压缩或分成几个文件。`,
    empty: (name) => `“${name}”是空文件，请重新选择。`,
    tooMany: (most) => `最多上传 ${most} 个文件，多出的没有加入。提交后还可以补充材料。`,
    failed: "没有传成，请重试。",
    unfinished: "还有文件没有传完。请等它传完，或者取消它，再提交。",
    finished: (name) => `“${name}”已上传`,
  };
  const SMALLEST = 64 * 1024;
  const LARGEST = 4 * 1024 * 1024;
  const FIRST_PIECE = 256 * 1024;
  const PATIENCE = 90000; // ms for one request before the line counts as lost
  const LONGEST_WAIT = 30; // seconds between two attempts

  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  const duration = (s) => (s < 90 ? WORDS.seconds(Math.max(1, Math.round(s))) : WORDS.minutes(Math.round(s / 60)));

  class Refusal extends Error {}
  class LostLine extends Error {}

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  // One request. LostLine when it is worth trying again, Refusal with the server's sentence when it is not.
  async function ask(form, method, url, body, signal) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    const giveUp = () => limit.abort();
    signal.addEventListener("abort", giveUp);
    try {
      const answer = await fetch(url, {
        method,
        body,
        signal: limit.signal,
        headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken?.value || "" },
      });
      if (answer.status === 429) throw new LostLine((await answer.json()).sentence);
      if (answer.status >= 500) throw new LostLine();
      const facts = answer.status === 204 ? {} : await answer.json();
      if (answer.status === 409 && "offset" in facts) return { received: facts.offset };
      if (!answer.ok) throw new Refusal(facts.sentence || WORDS.failed);
      return facts;
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      throw new LostLine();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }

  function pause(seconds, signal) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        window.removeEventListener("online", go);
        signal.removeEventListener("abort", stop);
      };
      const go = () => (end(), resolve());
      const stop = () => (end(), reject(new DOMException("cancelled", "AbortError")));
      const timer = setTimeout(go, seconds * 1000);
      window.addEventListener("online", go);
      signal.addEventListener("abort", stop);
    });
  }

  function start(block) {
    const form = block.closest("form");
    const input = block.querySelector("input[type=file]");
    const list = block.querySelector("[data-upload-list]");
    const said = block.querySelector("[data-upload-said]");
    const { uploadUrl: base, uploadName: name } = block.dataset;
    const most = Number(block.dataset.uploadMost);
    const largest = Number(block.dataset.uploadLargest);
    const waiting = [];
    let isBusy = false;

    const show = () => (list.hidden = !list.children.length);
    function complain(sentence) {
      block.querySelector("[data-upload-error]")?.remove();
      if (!sentence) return;
      const line = element("ul", { className: "field-error" }, element("li", { textContent: sentence }));
      line.setAttribute("role", "alert");
      line.dataset.uploadError = "";
      input.parentElement.before(line);
    }

    class Row {
      constructor(file) {
        this.file = file;
        this.cancelled = new AbortController();
        this.token = "";
        this.piece = FIRST_PIECE;
        this.small = element("small", { textContent: WORDS.waiting });
        this.bar = element("progress", { max: file.size, value: 0 });
        this.bar.setAttribute("aria-label", file.name);
        this.text = element("span", {}, file.name + " ", this.small);
        this.button = element("button", { type: "button", className: "btn btn-quiet" });
        this.button.dataset.uploadDrop = "";
        this.name(WORDS.cancel);
        this.item = element("li", {}, element("span", {}), this.text, this.button, this.bar);
        this.item.row = this;
        list.append(this.item);
        show();
      }
      name(word) {
        this.button.textContent = word;
        this.button.setAttribute("aria-label", WORDS.named(word, this.file.name));
      }
      ask(method, path, body) {
        return ask(form, method, base + path, body, this.cancelled.signal);
      }
      // Tries for as long as the line is lost, waiting longer each time; any answer makes it patient again.
      async insist(attempt) {
        for (let seconds = 1; ; seconds = Math.min(seconds * 2, LONGEST_WAIT)) {
          try {
            return await attempt();
          } catch (error) {
            if (!(error instanceof LostLine)) throw error;
            this.small.textContent = error.message || WORDS.lost(seconds);
            await pause(seconds, this.cancelled.signal);
          }
        }
      }
      async send() {
        const { file } = this;
        if (!this.token) {
          const facts = new FormData();
          facts.append("name", file.name);
          facts.append("size", file.size);
          this.token = (await this.insist(() => this.ask("POST", "", facts))).token;
        }
        const path = `${this.token}/`;
        const begun = performance.now();
        let sent = (await this.insist(() => this.ask("GET", path))).received;
        const first = sent;
        while (sent < file.size) {
          const at = performance.now();
          sent = await this.insist(async () => {
            const piece = file.slice(sent, Math.min(sent + this.piece, file.size));
            try {
              return (await this.ask("PUT", `${path}?at=${sent}`, piece)).received;
            } catch (error) {
              if (error instanceof LostLine) this.piece = Math.max(SMALLEST, this.piece / 2);
              throw error;
            }
          });
          const took = performance.now() - at;
          if (took < 1500) this.piece = Math.min(LARGEST, this.piece * 2);
          else if (took > 6000) this.piece = Math.max(SMALLEST, this.piece / 2);
          this.bar.value = sent;
          const rate = (sent - first) / (performance.now() - begun);
          const left = rate > 0 && sent < file.size ? WORDS.left(duration((file.size - sent) / rate / 1000)) : "";
          this.small.textContent = WORDS.going(size(sent), size(file.size), left);
        }
        this.small.textContent = WORDS.checking;
        await this.insist(() => this.ask("POST", path));
        this.text.append(element("input", { type: "hidden", name, value: this.token }));
        this.item.dataset.token = this.token;
        this.bar.remove();
        this.small.textContent = WORDS.done(size(file.size));
        this.name(WORDS.drop);
        said.textContent = WORDS.finished(file.name);
      }
      fail(sentence) {
        this.bar.remove();
        this.small.textContent = "";
        this.name(WORDS.drop);
        this.item.dataset.failed = "";
        const line = element("p", { className: "field-error", textContent: sentence });
        line.setAttribute("role", "alert");
        this.item.append(line);
      }
    }

    async function work() {
      if (isBusy) return;
      isBusy = true;
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        if (row.cancelled.signal.aborted) continue;
        row.item.dataset.going = "";
        try {
          await row.send();
          complain("");
        } catch (error) {
          if (!row.cancelled.signal.aborted) row.fail(error instanceof Refusal ? error.message : WORDS.failed);
        }
        delete row.item.dataset.going;
        delete row.item.dataset.waiting;
      }
      isBusy = false;
    }

    function take(files) {
      complain("");
      for (const file of files) {
        if (list.querySelectorAll("li:not([data-failed])").length >= most) {
          complain(WORDS.tooMany(most));
          break;
        }
        const row = new Row(file);
        if (!file.size) row.fail(WORDS.empty(file.name));
        else if (file.size > largest) row.fail(WORDS.tooLarge(file.name));
        else {
          row.item.dataset.waiting = "";
          waiting.push(row);
        }
      }
      work();
    }

    input.addEventListener("change", () => {
      take(Array.from(input.files));
      input.value = ""; // they go in pieces, not with the form
    });
    const drop = input.parentElement;
    drop.querySelector("[data-upload-pick]").hidden = false; // it stands for the browser's own button
    for (const [kind, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("drop-over", isOver);
        if (kind === "drop") take(Array.from(event.dataTransfer.files));
      });
    }
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-upload-drop]");
      if (!button) return;
      const item = button.closest("li");
      const token = item.dataset.token || item.row?.token;
      item.row?.cancelled.abort();
      if (token) ask(form, "DELETE", `${base}${token}/`, undefined, new AbortController().signal).catch(() => {});
      item.remove();
      complain("");
      show();
      input.focus();
    });
    // Sending must not leave a file behind silently.
    form.addEventListener("submit", (event) => {
      if (!list.querySelector("[data-waiting]")) return;
      event.preventDefault();
      complain(WORDS.unfinished);
      input.focus();
    });
    show();
  }

  document.querySelectorAll("[data-upload-url]").forEach(start);
})();
