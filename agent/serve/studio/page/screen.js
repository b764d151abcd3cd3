// The live screen: pictures as they come, and a person's hands on it.

import { Problem, post, raw } from "./api.js";

const live = document.getElementById("live");
const box = document.getElementById("screen");
const mark = document.getElementById("mark");
const nothing = document.getElementById("nothing");
const NEAR = 6; // CSS pixels between press and release that still are a click
const DOUBLE = 260; // milliseconds within which a second click makes it a double click
const TYPED = 180; // milliseconds after the last key until a text is sent
const NAMED = {
  Enter: "enter", Backspace: "backspace", Delete: "delete", Tab: "tab", Escape: "esc", ArrowLeft: "left",
  ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", Home: "home", End: "end", PageUp: "pageup", PageDown: "pagedown",
};

export const size = { width: 1280, height: 800 };
export const frames = { shown: 0 };

// Ask for the next picture as soon as the last one is shown: a slow viewer slows nobody else.
export async function watch(say) {
  let number = 0;
  for (;;) {
    try {
      const answer = await raw(`/api/screen?after=${number}`);
      if (answer.status === 204) continue;
      number = Number(answer.headers.get("x-frame"));
      const [width, height] = answer.headers.get("x-size").split("x").map(Number);
      Object.assign(size, { width, height });
      const old = live.src;
      live.src = URL.createObjectURL(await answer.blob());
      await live.decode().catch(() => {});
      if (old) URL.revokeObjectURL(old);
      nothing.hidden = true;
      frames.shown += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) throw error;
      number = 0;
      nothing.hidden = false;
      nothing.textContent = error.message;
      say(error.message);
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

export function point_at(point) {
  mark.hidden = !point;
  if (!point) return;
  mark.style.left = `${(100 * point[0]) / size.width}%`;
  mark.style.top = `${(100 * point[1]) / size.height}%`;
}

function place(event) {
  const edge = live.getBoundingClientRect();
  const inside = (value, most) => Math.min(most - 1, Math.max(0, Math.round(value)));
  return [
    inside(((event.clientX - edge.left) / edge.width) * size.width, size.width),
    inside(((event.clientY - edge.top) / edge.height) * size.height, size.height),
  ];
}

export class Hands {
  constructor(wrong) {
    this.on = false;
    this.wrong = wrong;
    this.queue = Promise.resolve();
    this.text = "";
    this.down = this.click = null;
    box.addEventListener("pointerdown", (event) => this.pressed(event));
    box.addEventListener("pointerup", (event) => this.released(event));
    box.addEventListener("contextmenu", (event) => this.on && event.preventDefault());
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("keydown", (event) => this.key(event));
    document.getElementById("type-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = document.getElementById("type");
      if (field.value) this.send({ action: "input", text: field.value });
      field.value = "";
    });
    for (const button of document.querySelectorAll("#hands [data-keys]"))
      button.addEventListener("click", () => this.send({ action: "press", keys: [button.dataset.keys] }));
    for (const button of document.querySelectorAll("#hands [data-scroll]"))
      button.addEventListener("click", () => this.send({ action: "scroll", direction: button.dataset.scroll }));
  }

  set(on) {
    this.on = on;
    box.classList.toggle("hands", on);
    box.setAttribute("role", on ? "application" : "img");
    document.getElementById("hands").hidden = !on;
    if (on) box.focus();
  }

  // One after the other, in the order in which they were done.
  send(action) {
    if (!this.on) return;
    this.queue = this.queue.then(async () => {
      try {
        const told = await post("/api/hand", { action });
        this.wrong(told.error ? told.error.message : "");
      } catch (error) {
        this.wrong(error.message);
      }
    });
  }

  pressed(event) {
    if (!this.on) return;
    event.preventDefault();
    box.focus();
    this.flush();
    box.setPointerCapture(event.pointerId);
    this.down = { at: place(event), x: event.clientX, y: event.clientY, button: event.button };
  }

  released(event) {
    const down = this.down;
    this.down = null;
    if (!this.on || !down) return;
    const button = ["left", "middle", "right"][down.button] || "left";
    if (Math.hypot(event.clientX - down.x, event.clientY - down.y) > NEAR) {
      this.clicked();
      this.send({ action: "drag", start_point: down.at, end_point: place(event), button });
      return;
    }
    const before = this.click;
    if (before && button === "left" && Math.hypot(event.clientX - before.x, event.clientY - before.y) <= NEAR) {
      this.click = null;
      clearTimeout(before.timer);
      this.send({ action: "click", start_point: down.at, clicks: 2 });
      return;
    }
    this.clicked();
    const action = { action: "click", start_point: down.at, button };
    if (button !== "left") this.send(action);
    else this.click = { x: event.clientX, y: event.clientY, action, timer: setTimeout(() => this.clicked(), DOUBLE) };
  }

  // A click that might have become a double click is one after all.
  clicked() {
    const click = this.click;
    this.click = null;
    if (!click) return;
    clearTimeout(click.timer);
    this.send(click.action);
  }

  wheel(event) {
    if (!this.on) return;
    event.preventDefault();
    this.clicked();
    this.turned = (this.turned || 0) + event.deltaY;
    const at = place(event);
    clearTimeout(this.turning);
    this.turning = setTimeout(() => {
      const distance = Math.max(1, Math.min(5000, Math.round(Math.abs(this.turned))));
      const direction = this.turned > 0 ? "down" : "up";
      this.turned = 0;
      this.send({ action: "scroll", direction, scroll_distance: distance, start_point: at });
    }, 120);
  }

  key(event) {
    if (!this.on || event.isComposing) return;
    if (event.key === "Escape" && event.shiftKey) {
      event.preventDefault();
      document.getElementById("take").focus();
      return;
    }
    const held = ["Control", "Alt", "Meta"].filter((name) => event[`${{ Control: "ctrl", Alt: "alt", Meta: "meta" }[name]}Key`]);
    if (event.key.length === 1 && !held.length) {
      event.preventDefault();
      this.clicked();
      this.text += event.key;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.flush(), TYPED);
      return;
    }
    const name = NAMED[event.key] || (event.key.length === 1 ? event.key.toLowerCase() : "");
    if (!name) return;
    event.preventDefault();
    this.clicked();
    this.flush();
    const keys = held.map((one) => ({ Control: "ctrl", Alt: "alt", Meta: "meta" })[one]);
    if (event.shiftKey && NAMED[event.key]) keys.push("shift");
    this.send({ action: "press", keys: [...keys, name] });
  }

  flush() {
    clearTimeout(this.typing);
    if (this.text) this.send({ action: "input", text: this.text });
    this.text = "";
  }
}
