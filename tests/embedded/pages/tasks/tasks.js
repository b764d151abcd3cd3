// One small page per task. ?task=NAME&seed=N; the looks vary with the seed. `window.state` is for the judge only:
// {instruction, done, wrong, answer}: `answer` is set where the task asks for one.
const query = new URLSearchParams(location.search);
let random = (Number(query.get("seed") || 0) * 2654435761 + 12345) >>> 0;
const next = () => (random = (Math.imul(random, 1664525) + 1013904223) >>> 0) / 4294967296;
for (let i = 0; i < 5; i++) next();
const int = (n) => Math.floor(next() * n);
const mix = (list) => { const a = [...list]; for (let i = a.length - 1; i > 0; i--) { const j = int(i + 1); [a[i], a[j]] = [a[j], a[i]]; } return a; };
const one = (list) => list[int(list.length)];
const names = mix(["Anna", "Bertil", "Carmen", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kiran", "Lucia"]);
const goods = mix(["Lamp", "Kettle", "Chair", "Mirror", "Clock", "Basket", "Carpet", "Shelf", "Teapot", "Blanket"]);
const main = document.getElementById("main");
const state = (window.state = { instruction: "", done: false, wrong: false, answer: null });
const look = int(4);
document.body.style.fontFamily = ["Arial, sans-serif", "Georgia, serif", "Verdana, sans-serif", "'DejaVu Sans', sans-serif"][look];
document.body.style.background = ["#fff", "#f4f6fa", "#fffdf5", "#eef5ee"][int(4)];
const accent = one(["#1565c0", "#b3261e", "#2e7d32", "#6a1b9a", "#e65100"]);
const style = document.createElement("style");
style.textContent = [`button{background:${accent};color:#fff;border:0;border-radius:6px}`, "button{background:#efefef;color:#111;border:1px solid #777;border-radius:4px}", `button{background:#fff;color:${accent};border:1px solid ${accent};border-radius:18px}`][int(3)];
document.head.append(style);
function el(tag, props = {}, ...kids) { const e = document.createElement(tag); for (const [k, v] of Object.entries(props)) k === "style" ? (e.style.cssText = v) : (e[k] = v); e.append(...kids); return e; }
const put = (...kids) => main.append(...kids);
const judge = (ok) => { ok ? (state.done = true) : (state.wrong = true); };
const say = (text) => (state.instruction = text);
const press = (text, fn) => el("button", { textContent: text, onclick: fn });
const svg = (inner, size = 22) => { const d = el("span"); d.className = "ico"; d.innerHTML = `<svg viewBox="0 0 24 24" width="${size}" height="${size}" fill="none" stroke="#444" stroke-width="2">${inner}</svg>`; return d; };
const HEART = '<path d="M12 21s-8-5-8-11a4.5 4.5 0 0 1 8-3 4.5 4.5 0 0 1 8 3c0 6-8 11-8 11z"/>';
const BIN = '<path d="M4 6h16M9 6V4h6v2M6 6l1 15h10l1-15M10 10v7M14 10v7"/>';
const STAR = '<path d="M12 3l2.7 6 6.3.6-4.800 4.300 1.400 6.300L12 17l-5.600 3.200 1.400-6.300L3 9.600 9.300 9z"/>';
const title = (text) => put(el("h2", { textContent: text }));
const field = (label, type = "text") => { const i = el("input", { type }); put(el("p", {}, el("label", { textContent: label, style: look % 2 ? "display:block" : "" }), i)); return i; };

const tasks = {
  radio() {
    const want = one(["Small", "Medium", "Large"]), colour = one(["Red", "Green", "Blue"]); title("Your order");
    const pick = {};
    for (const [group, list] of [["Size", ["Small", "Medium", "Large"]], ["Colour", ["Red", "Green", "Blue"]]])
      put(el("fieldset", {}, el("legend", { textContent: group }), ...list.map((t) => el("label", {}, el("input", { type: "radio", name: group, onchange: () => (pick[group] = t) }), " " + t))));
    put(press("Save", () => judge(pick.Size === want && pick.Colour === colour)));
    say(`Choose ${want} as the size and choose ${colour} as the colour, then press Save.`);
  },
  boxes() {
    const list = goods.slice(0, 6), want = list.slice(2, 4).sort(); title("Packing list");
    const all = mix(list).map((t) => { const box = el("input", { type: "checkbox" }); put(el("p", {}, el("label", {}, box, " " + t))); return [t, box]; });
    put(press("Done", () => judge(all.filter((p) => p[1].checked).map((p) => p[0]).sort().join() === want.join())));
    say(`Tick "${want[0]}" and "${want[1]}" and press Done.`);
  },
  list() {
    const want = one(goods.slice(0, 5)), s = el("select", {}, ...goods.slice(0, 5).map((t) => el("option", { textContent: t })));
    title("Gift"); put(el("p", {}, el("label", { textContent: "Present:" }), s), press("Send", () => judge(s.value === want))); say(`Select ${want} from the drop-down list and click Send.`);
  },
  slider() {
    const want = 5 + int(90), out = el("output", { textContent: "50" }), s = el("input", { type: "range", min: 0, max: 100, value: 50, oninput: () => (out.textContent = s.value), style: "width:300px" });
    title("Volume"); put(s, " ", out, el("p", {}, press("Apply", () => judge(Number(s.value) === want)))); say(`Set the volume slider to ${want} and press Apply.`);
  },
  spinner() {
    const want = 2 + int(7), i = el("input", { type: "number", value: 1, style: "width:70px" });
    title("Tickets"); put(el("label", { textContent: "Quantity" }), i, " ", press("Buy", () => judge(Number(i.value) === want))); say(`Set the quantity to ${want} and click Buy.`);
  },
  form() {
    const f = field("First name"), l = field("Last name"), m = field("E-mail"), c = field("City"), first = names[0], last = names[1] + "son";
    put(press("Register", () => judge(f.value === first && l.value === last && m.value === "x7@mail.org" && c.value === "Oslo")));
    say(`Fill in the form with first name "${first}", last name "${last}", e-mail "x7@mail.org", city "Oslo" and press Register.`);
  },
  login() {
    title("Welcome back"); const u = field("User name"), p = field("Password", "password");
    put(press("Log in", () => judge(u.value === "pat" && p.value === "k9!x"))); say('Sign in as "pat" with the password "k9!x".');
  },
  table_enter() {
    const rows = names.slice(0, 5).map((n) => [n, String(20 + int(60)), one(["Oslo", "Rome", "Lima"])]), who = rows[int(5)];
    put(el("table", {}, el("tr", {}, ...["Name", "Age", "Town"].map((t) => el("th", { textContent: t }))), ...rows.map((r) => el("tr", {}, ...r.map((t) => el("td", { textContent: t }))))));
    const i = field("Answer"); put(press("OK", () => judge(i.value.trim() === who[1]))); say(`Enter the age of ${who[0]} into the answer field and press OK.`);
  },
  table_ask() {
    const rows = goods.slice(0, 5).map((n) => [n, "$" + (5 + int(90)) + ".50"]), who = rows[int(5)]; title("Price list");
    put(el("table", {}, el("tr", {}, ...["Article", "Price"].map((t) => el("th", { textContent: t }))), ...rows.map((r) => el("tr", {}, ...r.map((t) => el("td", { textContent: t }))))));
    state.answer = who[1].slice(1); say(`What is the price of the ${who[0]}?`);
  },
  count() {
    const n = 2 + int(4), parts = [];
    mix([...Array(n).fill("#1e40ff"), ...Array(3).fill("#e02020")]).forEach((c, i) => parts.push(`<circle cx="${60 + (i % 4) * 90}" cy="${60 + Math.floor(i / 4) * 80}" r="24" fill="${c}"/>`));
    put(el("div", { innerHTML: `<svg width="420" height="240">${parts.join("")}</svg>` })); mix([n - 1, n, n + 1, n + 2]).forEach((k) => put(press(String(k), () => judge(k === n)), " ")); say("How many blue circles are there? Click the button with the right number.");
  },
  shape() {
    const want = one(["circle", "triangle", "square"]), colour = one([["red", "#e02020"], ["blue", "#2040e0"], ["green", "#108030"]]);
    const draw = { circle: (x, y, c) => `<circle cx="${x}" cy="${y}" r="26" fill="${c}"/>`, triangle: (x, y, c) => `<polygon points="${x},${y - 28} ${x - 28},${y + 24} ${x + 28},${y + 24}" fill="${c}"/>`, square: (x, y, c) => `<rect x="${x - 24}" y="${y - 24}" width="48" height="48" fill="${c}"/>` };
    const kinds = mix(["circle", "triangle", "square"].flatMap((s) => ["#e02020", "#2040e0", "#108030"].map((c) => [s, c])));
    put(el("div", { innerHTML: `<svg width="520" height="330">${kinds.map((k, i) => draw[k[0]](80 + (i % 3) * 150, 60 + Math.floor(i / 3) * 100, k[1])).join("")}</svg>` }));
    main.querySelectorAll("svg > *").forEach((e, i) => (e.onclick = () => judge(kinds[i][0] === want && kinds[i][1] === colour[1]))); say(`Click the ${colour[0]} ${want}.`);
  },
  drag() {
    const [a, b, c] = goods; const box = el("div", { className: "drop", textContent: "Box" }); let held = null;
    [a, b, c].forEach((t) => put(el("span", { className: "chip", textContent: t, onpointerdown: (e) => { held = t; e.preventDefault(); } })));
    put(el("br"), box); addEventListener("pointerup", (e) => { const r = box.getBoundingClientRect(); if (held && e.clientX > r.left && e.clientX < r.right && e.clientY > r.top && e.clientY < r.bottom) judge(held === b); held = null; }); say(`Drag the ${b} into the box.`);
  },
  accordion() {
    const where = int(3); title("Help"); ["Delivery", "Returns", "Warranty"].forEach((t, i) => { const body = el("div", { style: "display:none;padding:6px 22px" }, i === where ? el("a", { href: "#", textContent: "Contact a person", onclick: () => judge(true) }) : "Nothing of note here.");
      const head = el("div", { style: "padding:9px;border:1px solid #aaa;background:#e8e8e8;cursor:pointer;width:400px", onclick: () => { const open = body.style.display === "none"; body.style.display = open ? "block" : "none"; head.textContent = (open ? "▼ " : "▶ ") + t; } }, "▶ " + t); put(head, body); }); say('Click the link "Contact a person".');
  },
  tabs() {
    const pages = ["Overview", "Reviews", "Support"], where = 1 + int(2), body = el("div", { style: "border:1px solid #aaa;padding:20px;width:420px;height:90px;background:#fff" });
    const show = (k) => { heads.forEach((h, i) => h.classList.toggle("on", i === k)); body.replaceChildren(k === where ? press("Write to us", () => judge(true)) : "Text of " + pages[k]); };
    const heads = pages.map((t, i) => el("span", { className: "tab", textContent: t, onclick: () => show(i) })); put(...heads, body); show(0); say('Find the button "Write to us" and click it.');
  },
  mail_bin() {
    const who = names[int(4)]; title("Inbox"); names.slice(0, 4).forEach((n) => { const star = svg(STAR), bin = svg(BIN); bin.onclick = () => judge(n === who); star.onclick = () => judge(false); put(el("div", { className: "row" }, el("b", { textContent: n }), el("span", { textContent: one(["Hello again", "Meeting on Friday", "Your order"]) }), star, bin)); }); say(`Delete the email from ${who}.`);
  },
  mail_star() {
    const who = names[int(4)]; title("Inbox"); names.slice(0, 4).forEach((n) => { const star = svg(STAR), bin = svg(BIN); bin.onclick = () => judge(false); star.onclick = () => judge(n === who); put(el("div", { className: "row" }, el("b", { textContent: n }), el("span", { textContent: "See you soon" }), star, bin)); }); say(`Find the message by ${who} and click the star icon to mark it as important.`);
  },
  heart() {
    const base = goods[0]; title("Shop"); const list = mix([base, base + " Plus", goods[1], goods[2]]); list.forEach((t, i) => { const h = svg(HEART); h.onclick = () => { h.innerHTML = h.innerHTML.replace('fill="none"', 'fill="#c00"'); judge(t === base); }; put(el("div", { className: "card" }, el("div", { style: `height:70px;background:hsl(${i * 80} 40% 75%)` }), el("h3", { textContent: t }), el("span", { textContent: "$" + (10 + int(80)) + " " }), h)); }); say(`add ${base} to wishlist`);
  },
  cheapest() {
    const prices = mix([19, 34, 52, 78]); title("Shop"); prices.forEach((p, i) => put(el("div", { className: "card" }, el("h3", { textContent: goods[i] }), el("p", { textContent: "$" + p + ".00" }), press("Add to cart", () => judge(p === 19))))); say("Add the cheapest product to the cart.");
  },
  modal() {
    title("News"); put(el("p", { textContent: "The weather stays fine." }), press("Read more", () => judge(true)));
    const over = el("div", { className: "over" }, el("div", { className: "modal" }, el("h3", { textContent: "Subscribe to our newsletter" }), el("p", { textContent: "Get 10% off your first order." }), press("Subscribe", () => judge(false)), " ", press("No thanks", () => over.remove()))); put(over); say('Click "Read more".');
  },
  complete() {
    const all = ["Berlin", "Bergen", "Bern", "Boston", "Bogota", "Brest"], want = one(all), i = field("City"), box = el("div", { className: "sug" }); let chosen = "";
    i.oninput = () => box.replaceChildren(...all.filter((t) => i.value && t.toLowerCase().startsWith(i.value.toLowerCase())).map((t) => el("div", { textContent: t, onclick: () => { chosen = i.value = t; box.replaceChildren(); } })));
    put(box, el("p", {}, press("Go", () => judge(chosen === want || i.value === want)))); say(`Enter a city that starts with "${want.slice(0, 2)}" and ends with "${want.slice(-2)}".`);
  },
  pages() {
    const want = 4 + int(5), box = el("div"), bar = el("p"); let page = 0; const found = names.slice(0, 9); title("Results");
    const show = () => { box.replaceChildren(...found.slice(page * 3, page * 3 + 3).map((n, k) => el("div", { style: "margin:12px 0" }, el("a", { href: "#", textContent: n + " Ltd", onclick: () => judge(page * 3 + k + 1 === want) }), el("div", { textContent: "Makers of fine things" })))); };
    [1, 2, 3].forEach((k) => bar.append(el("a", { href: "#", textContent: k, onclick: () => { page = k - 1; show(); }, style: "margin:8px" }))); bar.append(el("a", { href: "#", textContent: ">", onclick: () => { page = Math.min(2, page + 1); show(); } })); put(box, bar); show(); say(`Click the ${want}th search result.`);
  },
  menu() {
    const want = one(["Copy", "Paste"]); const item = (t, kids) => el("div", { onclick: (e) => { e.stopPropagation(); if (!kids) judge(t === want); } }, t, ...(kids ? [el("div", { className: "menu" }, ...kids)] : [])); put(el("div", { className: "menu" }, item("File", [item("Open"), item("Close")]), item("Edit", [item("Copy"), item("Paste")]), item("View"))); say(`Select Edit>${want}`);
  },
  captcha() {
    const code = names[0].slice(0, 3).toUpperCase() + (100 + int(900)); put(el("p", { textContent: "Code: " }, el("b", { textContent: code }))); const i = field("Type it here"); put(press("Verify", () => judge(i.value === code))); say("Type the code shown on the page into the field and click Verify.");
  },
  far() {
    title("Terms"); for (let i = 0; i < 30; i++) put(el("p", { textContent: "Paragraph " + (i + 1) + " of the terms." })); put(press("I accept", () => judge(true)), " ", press("I decline", () => judge(false))); say('Click "I accept".');
  },
  toggle() {
    title("Settings"); const want = one(["Sound", "Updates", "Tracking"]); const all = ["Sound", "Updates", "Tracking"].map((t) => { const b = el("input", { type: "checkbox", checked: t !== want }); put(el("p", {}, el("label", {}, b, " " + t))); return [t, b]; }); put(press("Save", () => judge(all.every((p) => p[1].checked)))); say(`Turn on ${want} and save.`);
  },
  word() {
    const text = mix("river stone window garden bread candle forest hammer pencil saddle".split(" ")), want = one(text); put(el("p", { style: "width:300px;line-height:1.7" }, ...text.flatMap((w) => [el("span", { textContent: w, onclick: () => judge(w === want), style: "cursor:pointer" }), " "]))); say(`Click on the word "${want}".`);
  },
  sum() {
    const a = 3 + int(20), b = 2 + int(20), plus = int(2); put(el("p", { style: "font-size:26px", textContent: `${a} ${plus ? "+" : "-"} ${b} = ?` })); const i = field("Result"); put(press("Check", () => judge(Number(i.value) === (plus ? a + b : a - b)))); say("Solve the problem and type your answer into the field, then press Check.");
  },
  date() {
    const day = 1 + int(28), i = el("input", { readOnly: true, onclick: () => (cal.style.display = "block") }); let m = 5; const head = el("b"), grid = el("table", { className: "cal" }); const cal = el("div", { style: "display:none;border:1px solid #888;width:270px;padding:6px;background:#fff" }, el("button", { textContent: "<", onclick: () => { m--; show(); } }), " ", head, " ", el("button", { textContent: ">", onclick: () => { m++; show(); } }), grid);
    const show = () => { head.textContent = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"][m] + " 2024"; grid.replaceChildren(); let tr; const n = new Date(2024, m + 1, 0).getDate(); for (let d = 1; d <= n; d++) { if ((d - 1) % 7 === 0) grid.append((tr = el("tr"))); tr.append(el("td", { textContent: d, onclick: () => { i.value = `${String(m + 1).padStart(2, "0")}/${String(d).padStart(2, "0")}/2024`; cal.style.display = "none"; } })); } };
    const want = `0${4 + int(5)}/${String(day).padStart(2, "0")}/2024`; put(el("label", { textContent: "Date:" }), i, cal, el("p", {}, press("Book", () => judge(i.value === want)))); show(); say(`Select ${want} as the date and press Book.`);
  },
  chinese() {
    title("个人资料"); const a = field("姓名"), b = field("城市"); put(press("提交", () => judge(a.value === "王芳" && b.value === "北京")), " ", press("取消", () => judge(false))); say("在姓名中输入“王芳”，在城市中输入“北京”，然后点击提交");
  },
  below() {
    title("Plans"); const want = one(["Basic", "Family", "Office"]); ["Basic", "Family", "Office"].forEach((t) => put(el("div", { className: "card" }, el("h3", { textContent: t }), el("p", { textContent: "For everyone" }), press("Choose", () => judge(t === want))))); say(`Click the "Choose" button below "${want}".`);
  },
  missing() { title("Empty shelf"); put(el("p", { textContent: "There is nothing here." }), press("Home", () => judge(false))); say('Click the button "Launch rocket".'); },
};
(tasks[query.get("task")] || (() => put(...Object.keys(tasks).map((t) => el("p", {}, el("a", { href: "?task=" + t, textContent: t }))))))();
window.taskNames = Object.keys(tasks);
