// Turns the list of steps into one step at a time. Without it, the report is the list.
(() => {
  "use strict";
  const all = (query) => [...document.querySelectorAll(query)];
  const root = document.documentElement;
  const steps = all("section.step");
  const links = all(".film a");
  const tools = document.querySelector(".tools");
  const help = document.getElementById("help");
  if (!steps.length) return;

  const count = steps.filter((step) => step.id !== "end").length;
  let current = 0;
  const named = (hash) => steps.findIndex((step) => "#" + step.id === hash);

  function show(index, remember) {
    current = Math.max(0, Math.min(steps.length - 1, index));
    steps.forEach((step, i) => step.classList.toggle("current", i === current));
    links.forEach((link, i) => {
      if (i === current) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    tools.querySelector(".where").textContent =
      steps[current].id === "end" ? "End" : `${steps[current].dataset.name} of ${count}`;
    tools.querySelector('[data-do="back"]').disabled = current === 0;
    tools.querySelector('[data-do="next"]').disabled = current === steps.length - 1;
    const strip = document.querySelector(".film");
    const link = links[current];
    strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
    if (remember) {
      try { history.replaceState(null, "", "#" + steps[current].id); } catch { /* an embedded viewer may refuse */ }
    }
    if (root.classList.contains("all")) steps[current].scrollIntoView({ block: "start" });
    changed();
    const next = steps[current + 1] && steps[current + 1].querySelector("img.before");
    if (next && next.decode) next.decode().catch(() => {});
  }
  // The picture after a step is the one that the next step starts from: it is shown, not stored twice.
  function changed() {
    if (!root.classList.contains("change")) return;
    steps.forEach((step, i) => {
      if (i !== current && !root.classList.contains("all")) return;
      const before = step.querySelector("img.before");
      const after = steps[i + 1] && steps[i + 1].querySelector("img.before");
      if (!before || !after || step.querySelector("img.after")) return;
      const copy = after.cloneNode();
      copy.className = "after";
      copy.loading = "eager";
      copy.alt = `${step.dataset.name}: screenshot after the action`;
      before.after(copy);
    });
  }

  function press(name) {
    const button = tools.querySelector(`[data-do="${name}"]`);
    const on = root.classList.toggle(name);
    button.setAttribute("aria-pressed", String(on));
    return on;
  }
  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("report-theme", root.dataset.theme); } catch { /* no storage for local files */ }
  }
  const acts = {
    back: () => show(current - 1, true),
    next: () => show(current + 1, true),
    first: () => show(0, true),
    last: () => show(steps.length - 1, true),
    change: () => { press("change"); changed(); },
    all: () => { press("all"); changed(); steps[current].scrollIntoView({ block: "nearest" }); },
    theme,
    help: () => { if (help.open) help.close(); else help.showModal(); },
  };
  const keys = {
    ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", c: "change", a: "all", t: "theme", "?": "help",
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (help.open && event.key !== "?") return;
    if (event.target.closest("pre") && event.key.startsWith("Arrow")) return; // those keys scroll it
    const name = keys[event.key];
    if (!name) return;
    event.preventDefault();
    acts[name]();
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do]();
  });
  links.forEach((link, i) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(i, true);
  }));
  addEventListener("hashchange", () => { const i = named(location.hash); if (i >= 0) show(i, false); });

  // A swipe across the picture turns the page, as the arrow keys do.
  let from = null;
  document.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 && event.target.closest(".shot")
      ? [event.touches[0].clientX, event.touches[0].clientY] : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    if (!from || root.classList.contains("all")) return;
    const dx = event.changedTouches[0].clientX - from[0];
    const dy = event.changedTouches[0].clientY - from[1];
    if (Math.abs(dx) > 40 && Math.abs(dx) > 2 * Math.abs(dy)) acts[dx < 0 ? "next" : "back"]();
  }, { passive: true });

  try { const kept = localStorage.getItem("report-theme"); if (kept) root.dataset.theme = kept; } catch { /* see above */ }
  root.classList.add("js");
  tools.hidden = false;
  show(Math.max(0, named(location.hash)), false);
})();
