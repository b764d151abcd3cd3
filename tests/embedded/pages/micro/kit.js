// Small tasks as in suites of GUI micro-tasks: the task is written in a banner above a small area.
// ?task=NAME&seed=N; content, wording and looks vary with the seed.
// `window.state` is for the judge only: {instruction, done, wrong, answer}.
const query = new URLSearchParams(location.search);
let random = (Number(query.get("seed") || 0) * 2654435761 + 777) >>> 0;
const next = () => (random = (Math.imul(random, 1664525) + 1013904223) >>> 0) / 4294967296;
for (let i = 0; i < 5; i++) next();
const int = (n) => Math.floor(next() * n);
const one = (list) => list[int(list.length)];
const mix = (list) => { const a = [...list]; for (let i = a.length - 1; i > 0; i--) { const j = int(i + 1); [a[i], a[j]] = [a[j], a[i]]; } return a; };
const names = mix(["Anna", "Bertil", "Carmen", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kiran", "Lucia"]);
const surnames = mix(["Berg", "Costa", "Diaz", "Evans", "Fuchs", "Grant", "Hill", "Ito"]);
const words = mix("river stone window garden bread candle forest hammer pencil saddle copper meadow".split(" "));
const cities = mix(["Oslo", "Rome", "Lima", "Cairo", "Paris", "Delhi", "Porto", "Tunis"]);
const pad = (n) => String(n).padStart(2, "0");
const state = (window.state = { instruction: "", done: false, wrong: false, answer: null });
const box = document.getElementById("box"), area = document.getElementById("area");
const kinds = {};
const skin = int(3);
document.getElementById("ask").style.background = ["#fff27a", "#cfe8ff", "#e6e6e6"][skin];
function el(tag, props = {}, ...kids) { const e = document.createElement(tag); for (const [k, v] of Object.entries(props)) k === "style" ? (e.style.cssText = v) : (e[k] = v); e.append(...kids); return e; }
const put = (...kids) => area.append(...kids);
const judge = (ok) => { if (!state.done && !state.wrong) ok ? (state.done = true) : (state.wrong = true); };
const say = (text) => { state.instruction = text; document.getElementById("ask").textContent = text; };
const press = (text, fn) => el("button", { textContent: text, onclick: fn, className: ["", "ui", "bs"][skin] });
const field = (label, type = "text", width = 90) => { const i = el("input", { type, style: `width:${width}px` }); put(el("p", {}, label ? el("label", { textContent: label }) : "", i)); return i; };
const select = (list) => el("select", {}, ...list.map((t) => el("option", { textContent: t })));
const draw = (inner, w = 160, h = 150) => { const d = el("div", { innerHTML: `<svg width="${w}" height="${h}">${inner}</svg>` }); put(d); return d.firstChild; };
const colours = { red: "#e60000", green: "#0a8a0a", blue: "#1414e6", yellow: "#f2e200", black: "#000000", magenta: "#ff00ff", orange: "#ff8c00", purple: "#800080", cyan: "#00e5ee", grey: "#808080" };
const polygon = (n, x, y, r) => [...Array(n).keys()].map((i) => { const a = (2 * Math.PI * i) / n - Math.PI / 2; return `${(x + r * Math.cos(a)).toFixed(1)},${(y + r * Math.sin(a)).toFixed(1)}`; }).join(" ");
const icon = (name) => el("span", { className: "ico", title: name, innerHTML: `<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="#555" stroke-width="2">${{
  bin: '<path d="M4 6h16M9 6V4h6v2M6 6l1 15h10l1-15M10 10v7M14 10v7"/>', star: '<path d="M12 3l2.7 6 6.300.6-4.800 4.300 1.400 6.300L12 17l-5.600 3.200 1.400-6.300L3 9.600 9.300 9z"/>',
  reply: '<path d="M9 5l-6 6 6 6M3 11h11a6 6 0 0 1 6 6v3"/>', forward: '<path d="M15 5l6 6-6 6M21 11H10a6 6 0 0 0-6 6v3"/>', heart: '<path d="M12 21s-8-5-8-11a4.500 4.500 0 0 1 8-3 4.500 4.500 0 0 1 8 3c0 6-8 11-8 11z"/>',
  repeat: '<path d="M4 11V8h13l-3-3M20 13v3H7l3 3"/>', more: '<circle cx="5" cy="12" r="1.500"/><circle cx="12" cy="12" r="1.500"/><circle cx="19" cy="12" r="1.500"/>', back: '<path d="M15 4l-8 8 8 8"/>', send: '<path d="M3 11l18-8-8 18-2-8z"/>' }[name]}</svg>` });
const dragging = (node, drop) => { node.onpointerdown = (e) => { const x = e.clientX, y = e.clientY; e.preventDefault(); node.setPointerCapture(e.pointerId); node.onpointermove = (m) => { node.style.transform = `translate(${m.clientX - x}px,${m.clientY - y}px)`; }; node.onpointerup = (u) => { node.onpointermove = node.onpointerup = null; node.style.transform = ""; drop(u.clientX, u.clientY, u.clientX - x, u.clientY - y); }; }; };
const inside = (node, x, y) => { const r = node.getBoundingClientRect(); return x >= r.left && x <= r.right && y >= r.top && y <= r.bottom; };
function start() {
  window.taskNames = Object.keys(kinds);
  (kinds[query.get("task")] || (() => { box.className = "wide"; put(...Object.keys(kinds).map((t) => el("p", {}, el("a", { href: "?task=" + t, textContent: t })))); }))();
}
