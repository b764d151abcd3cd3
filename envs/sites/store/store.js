// Every control posts what it means; then the page fetches itself and takes over the parts that changed.
"use strict";

let queue = Promise.resolve();

function post(verb, args) {
  queue = queue.then(async () => {
    const answer = await fetch("/do/" + verb, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(args),
    });
    return answer.ok ? answer.json() : { refresh: true };
  }).catch(() => ({ refresh: true }));
  return queue;
}

async function refresh(address = location.href, all = false) {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (part.id === "popup" && part.firstElementChild && next.firstElementChild) continue;
    if (all || part.innerHTML !== next.innerHTML) {
      const menuOpen = part.querySelector(".main-nav.open");
      const typed = part.querySelector("#search")?.value;
      const focused = part.contains(document.activeElement) ? placeOf(part, document.activeElement) : null;
      part.innerHTML = next.innerHTML;
      if (menuOpen) part.querySelector(".main-nav")?.classList.add("open");
      if (typed) part.querySelector("#search").value = typed;
      if (focused !== null) part.querySelectorAll("a, button, input, select")[focused]?.focus({ preventScroll: true });
    }
  }
}

function placeOf(part, element) {
  const place = [...part.querySelectorAll("a, button, input, select")].indexOf(element);
  return place < 0 ? null : place;
}

function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = text;
  document.getElementById("toasts").replaceChildren(box);
  setTimeout(() => box.remove(), 3500);
}

function showErrors(form, errors) {
  for (const line of form.querySelectorAll("[data-error]")) {
    line.textContent = errors[line.dataset.error] ?? "";
    line.hidden = !errors[line.dataset.error];
  }
}

async function act(verb, args, form) {
  const result = await post(verb, args);
  if (form) showErrors(form, result.errors ?? {});
  if (result.errors) return;
  if (result.go !== undefined) {
    if (result.go) location.assign(result.go);
    else location.reload();
    return;
  }
  if (result.reset && form) form.reset();
  if (result.toast) toast(result.toast);
  await refresh(location.href, Boolean(result.refresh));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-menu]");
  const nav = document.querySelector(".main-nav");
  if (opener) {
    opener.setAttribute("aria-expanded", String(nav.classList.toggle("open")));
    return;
  }
  if (!event.target.closest(".main-nav")) nav.classList.remove("open");
  const control = event.target.closest("button[data-do]");
  if (!control) return;
  // The second half of a double click means nothing, except on a stepper.
  if (event.detail > 1 && control.dataset.repeat === undefined) return;
  act(control.dataset.do, JSON.parse(control.dataset.args));
});

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.dataset.do) {
    const args = JSON.parse(control.dataset.args);
    if (control.dataset.value) {
      args[control.dataset.value] = control.dataset.value === "quantity" ? Number(control.value) : control.value;
    }
    act(control.dataset.do, args);
    return;
  }
  const form = control.closest("form[data-auto]");
  if (form && control.type !== "text") form.requestSubmit();
});

document.addEventListener("input", (event) => {
  const shown = event.target.dataset.shown;
  if (!shown) return;
  const { any, upto } = event.target.dataset;
  const value = Number(event.target.value);
  document.getElementById(shown).textContent =
    value === Number(event.target.max) ? any : `${upto} ¥${value.toLocaleString("en-US")}`;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.do) {
    event.preventDefault();
    const args = Object.fromEntries(new FormData(form));
    for (const box of form.querySelectorAll("input[type=checkbox]")) args[box.name] = box.checked;
    act(form.dataset.do, args, form);
  } else if (form.dataset.auto !== undefined) {
    // Filters that work at once keep the place on the page.
    event.preventDefault();
    const address = "/models?" + new URLSearchParams(new FormData(form));
    history.pushState(null, "", address);
    refresh(address);
  }
});

addEventListener("popstate", () => refresh());

addEventListener("keydown", (event) => {
  const veil = document.querySelector(".veil:not([hidden])");
  if (event.key === "Escape" && veil) act("popup-close", {});
});

for (const late of document.querySelectorAll("[data-after]")) {
  setTimeout(() => { late.hidden = false; }, Number(late.dataset.after));
}
