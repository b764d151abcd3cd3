// Filters, and walks through the failures. Without it, the report is one long page.
(() => {
  "use strict";
  const root = document.documentElement;
  const cards = [...document.querySelectorAll(".card")];
  const chips = [...document.querySelectorAll("[data-only]")];
  const tools = document.querySelector(".tools");
  const look = document.getElementById("look");
  const help = document.getElementById("help");
  try { const kept = localStorage.getItem("report-theme"); if (kept) root.dataset.theme = kept; } catch { /* no storage */ }
  root.classList.add("js");
  if (!tools) return;
  tools.hidden = false;
  const where = tools.querySelector(".where");
  const find = tools.querySelector("input");
  const filtered = [...document.querySelectorAll("[data-o]")];
  let only = "";
  let current = -1;
  let shown = cards;

  // Every change is one pass over attributes; what is hidden is never laid out.
  function filter() {
    const wanted = find.value.trim().toLowerCase();
    for (const one of filtered) {
      const keep = (!only || one.dataset.o === only) && (!wanted || text(one).includes(wanted));
      if (one.hidden === keep) one.hidden = !keep;
    }
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.only === only));
    shown = cards.filter((card) => !card.hidden);
    if (current >= 0) cards[current].classList.remove("current");
    current = -1;
    place();
  }
  const texts = new WeakMap();
  function text(one) {
    if (!texts.has(one)) texts.set(one, one.textContent.toLowerCase());
    return texts.get(one);
  }
  function place() {
    const at = current < 0 ? -1 : shown.indexOf(cards[current]);
    where.textContent = at < 0 ? `${shown.length} shown` : `${at + 1} of ${shown.length}`;
  }
  function go(step) {
    if (!shown.length) return;
    const at = current < 0 ? -1 : shown.indexOf(cards[current]);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + step))];
    if (current >= 0) cards[current].classList.remove("current");
    current = cards.indexOf(next);
    next.classList.add("current");
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    place();
    if (look.open) enlarge();
  }
  function enlarge() {
    if (current < 0) return;
    const card = cards[current];
    look.style.setProperty("--ratio", card.style.getPropertyValue("--ratio"));
    look.classList.toggle("pairs", Boolean(card.querySelector(".two")));
    look.replaceChildren(...[...card.children].map((part) => part.cloneNode(true)));
    if (!look.open) look.showModal();
  }
  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("report-theme", root.dataset.theme); } catch { /* no storage for local files */ }
  }
  const acts = {
    back: () => go(-1),
    next: () => go(1),
    large: () => { if (look.open) look.close(); else enlarge(); },
    filter: () => {
      const names = chips.map((chip) => chip.dataset.only);
      only = names[(names.indexOf(only) + 1) % names.length];
      filter();
    },
    find: () => find.focus(),
    theme,
    help: () => { if (help.open) help.close(); else help.showModal(); },
  };
  const keys = { ArrowLeft: "back", ArrowRight: "next", j: "next", k: "back", f: "filter", "/": "find", t: "theme", "?": "help" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === find) {
      if (event.key === "Escape" || event.key === "Enter") find.blur();
      return;
    }
    if (help.open && event.key !== "?") return;
    if (event.target.closest("pre") && event.key.startsWith("Arrow")) return; // those keys scroll it
    const name = event.key === "Enter" && (look.open || event.target.classList.contains("card")) ? "large" : keys[event.key];
    if (!name) return;
    event.preventDefault();
    acts[name]();
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-only]");
    const button = event.target.closest("[data-do]");
    const shot = event.target.closest(".shot");
    if (chip) { only = chip.dataset.only; filter(); }
    else if (button) acts[button.dataset.do]();
    else if (event.target === look || (shot && look.contains(shot))) look.close();
    else if (shot) {
      if (current >= 0) cards[current].classList.remove("current");
      current = cards.indexOf(shot.closest(".card"));
      cards[current].classList.add("current");
      place();
      enlarge();
    }
  });
  find.addEventListener("input", filter);
  place();
})();
