// Forms, dates, sliders, spinners, lists.
kinds.mixed = () => {
  const r = one(["Small", "Medium", "Large"]), t = one(words), c = one(cities.slice(0, 4)); let chosen = "";
  ["Small", "Medium", "Large"].forEach((n) => put(el("label", {}, el("input", { type: "radio", name: "r", onchange: () => (chosen = n) }), n)));
  const i = field("Code"), s = select(cities.slice(0, 4)); put(s, " ", press("Submit", () => judge(chosen === r && i.value === t && s.value === c)));
  say(one([`Pick ${r} with the radio buttons, enter "${t}" into the text field, select ${c} from the list, and press Submit.`, `Choose ${r}, type "${t}" in the code field and choose ${c} from the drop-down, then hit Submit.`]));
};
kinds.places = () => {
  const k = int(3), n = int(3), v = String(10 + int(80)); const radios = [], fields = [];
  put(el("p", {}, ...[0, 1, 2].map((x) => { const r = el("input", { type: one(["radio"]), name: "q" }); radios.push(r); return r; })));
  [0, 1, 2].forEach(() => fields.push(field("", "text", 120))); put(press("Submit", () => judge(radios[k].checked && fields[n].value === v)));
  const nth = ["1st", "2nd", "3rd"]; say(`Check the ${nth[k]} radio button and enter the number "${v}" into the ${nth[n]} text box.` + " Then press Submit.");
};
kinds.slider_ui = () => {
  const max = one([10, 20, 50]), want = 1 + int(max); let value = 0; const out = el("span", { textContent: "0" }), knob = el("span", { className: "knob", tabIndex: 0 }), track = el("div", { className: "track" }, knob);
  const set = (v) => { value = Math.max(0, Math.min(max, Math.round(v))); knob.style.left = (value / max) * 140 - 7 + "px"; out.textContent = value; };
  knob.onpointerdown = (e) => { knob.setPointerCapture(e.pointerId); knob.onpointermove = (m) => set(((m.clientX - track.getBoundingClientRect().left) / 140) * max); knob.onpointerup = () => (knob.onpointermove = null); };
  track.onclick = (e) => { if (e.target === track) set(((e.clientX - track.getBoundingClientRect().left) / 140) * max); }; knob.onkeydown = (e) => { if (e.key === "ArrowRight") set(value + 1); if (e.key === "ArrowLeft") set(value - 1); };
  set(0); put(track, el("p", {}, out), press("Submit", () => judge(value === want))); say(one([`Select ${want} with the slider and hit Submit.`, `Move the slider to ${want}, then press Submit.`]));
};
kinds.spinner_ui = () => {
  const want = int(19) - 9, i = el("input", { type: "text", value: "0" }); const step = (d) => () => (i.value = Number(i.value) + d);
  put(el("span", { className: "spin" }, i, el("b", { textContent: "▲", onclick: step(1), style: "top:0" }), el("b", { textContent: "▼", onclick: step(-1), style: "bottom:0" })), el("p", {}, press("Submit", () => judge(Number(i.value) === want)))); say(one([`Select ${want} with the spinner and hit Submit.`, `Set the spinner to ${want} and press Submit.`]));
};
kinds.scroll_list = () => {
  const want = mix(names.slice(0, 8)).slice(0, 1 + int(2)); const s = el("select", { multiple: true, size: 5, style: "width:140px" }, ...names.slice(0, 8).map((t) => el("option", { textContent: t })));
  put(s, el("p", {}, press("Submit", () => judge([...s.selectedOptions].map((o) => o.value).sort().join() === [...want].sort().join())))); say(`Select ${want.join(", ")} from the scroll list and click Submit.`);
};
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
function picker(i, y, m) {
  const cal = el("div", { className: "cal", style: "display:none" }); i.readOnly = true; i.onclick = () => (cal.style.display = "block");
  const arrow = (d) => `<svg viewBox="0 0 16 16" width="16" height="16"><path d="${d < 0 ? "M11 3l-6 5 6 5z" : "M5 3l6 5-6 5z"}" fill="#555"/></svg>`;
  const show = () => {
    const turn = (d) => el("i", { innerHTML: arrow(d), style: d < 0 ? "left:2px" : "right:2px", onclick: () => { m += d; if (m < 0) { m = 11; y--; } if (m > 11) { m = 0; y++; } show(); } });
    const table = el("table", {}, el("tr", {}, ...["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"].map((d) => el("th", { textContent: d })))); let tr = el("tr"); for (let k = 0; k < new Date(y, m, 1).getDay(); k++) tr.append(el("td"));
    for (let d = 1; d <= new Date(y, m + 1, 0).getDate(); d++) { if (tr.children.length === 7) { table.append(tr); tr = el("tr"); } tr.append(el("td", {}, el("a", { textContent: d, onclick: () => { i.value = `${pad(m + 1)}/${pad(d)}/${y}`; cal.style.display = "none"; } }))); }
    table.append(tr); cal.replaceChildren(el("div", { className: "head" }, turn(-1), turn(1), `${months[m]} ${y}`), table);
  };
  show(); return cal;
}
kinds.date_picker = () => {
  const m = int(12), want = `${pad(m + 1)}/${pad(1 + int(28))}/2016`; const i = el("input", { type: "text", style: "width:90px" }); put(el("label", { textContent: "Date: " }), i, picker(i, 2016, 11), el("p", {}, press("Submit", () => judge(i.value === want)))); say(one([`Select ${want} as the date and hit Submit.`, `Choose ${want} in the date field, then click Submit.`]));
};
kinds.date_native = () => { const d = `20${10 + int(10)}-${pad(1 + int(12))}-${pad(1 + int(28))}`, [y, m, day] = d.split("-"); const i = field("", "date", 120); put(press("Submit", () => judge(i.value === d))); say(`Enter ${m}/${day}/${y} as the date and hit Submit.`); };
kinds.time_native = () => { const h = 1 + int(12), n = int(60), pm = int(2); const i = field("", "time", 120); put(press("Submit", () => judge(i.value === `${pad((h % 12) + 12 * pm)}:${pad(n)}`))); say(`Enter ${h}:${pad(n)} ${pm ? "PM" : "AM"} as the time and press Submit.`); };
kinds.copy = () => { const t = mix(words).slice(0, 6).join(" "); const a = el("textarea", { value: t, rows: 3, style: "width:150px" }); put(a); const i = field("", "text", 140); put(press("Submit", () => judge(i.value.trim() === t))); say(one(["Copy the text in the text area below, paste it into the text field and press Submit.", "Copy the text from the text area and paste it into the text box, then press Submit."])); };
kinds.nth_word = () => { const w = mix(words).slice(0, 9), k = int(7); put(el("p", { textContent: w.join(" ") + "." })); const i = field("Answer"); put(press("Submit", () => judge(i.value === w[k]))); say(`Find the ${["1st", "2nd", "3rd", "4th", "5th", "6th", "7th"][k]} word in the paragraph, type that into the field and press "Submit".`); };
kinds.algebra = () => { const x = 1 + int(20), a = 1 + int(20), left = int(2); put(el("p", { style: "font-size:20px;text-align:center", textContent: left ? `x + ${a} = ${x + a}` : `${a + x} - x = ${a}` })); put("x = "); const i = el("input", { type: "text", style: "width:50px" }); put(i, " ", press("Submit", () => judge(Number(i.value) === x))); say("Solve for x and type your answer into the field. Press Submit when done."); };
kinds.blocks = () => { const a = 1 + int(6), b = 1 + int(6); const group = (n) => el("div", { style: "display:inline-block;width:60px;height:60px;border:1px solid #333;vertical-align:middle" }, ...[...Array(n)].map(() => el("span", { style: "display:inline-block;width:12px;height:12px;background:#2196f3;border:1px solid #444;margin:2px" }))); put(group(a), " + ", group(b)); const i = field("=", "text", 40); put(press("Submit", () => judge(Number(i.value) === a + b))); say(one(["Type the total number of blocks into the field and press Submit.", "Enter the total number of blocks and press Submit."])); };
kinds.search_form = () => {
  const g = one(["comedy", "drama", "crime"]), who = `${names[0]} ${surnames[0]}`, y = String(1960 + int(50)); const f = {}; const shape = int(3);
  mix([["genre", ["Genre", "Category", "Type"][shape]], ["director", ["Director", "Directed by", "Director name"][shape]], ["year", "Year"]]).forEach(([k, label]) => { const i = el("input", { type: "text", style: "width:110px", placeholder: shape === 1 ? label : "" }); f[k] = i; put(shape === 1 ? el("p", {}, i) : el("p", {}, el("label", { textContent: label, style: "display:block" }), i)); });
  put(press("Search", () => judge(f.genre.value.toLowerCase() === g && f.director.value === who && f.year.value === y))); say(`Search for ${g} movies directed by ${who} from year ${y}.`);
};
kinds.generate = () => { const limit = 1 + int(8), low = int(2); const out = el("span", { textContent: "-", style: "font-size:18px;margin:6px" }); put(press("Generate", () => (out.textContent = 1 + int(9))), out, el("p", {}, press("Submit", () => judge(low ? Number(out.textContent) < limit + 1 && out.textContent !== "-" : Number(out.textContent) > limit)))); say(low ? `Generate a number less than ${limit + 1}, then press submit.` : `Generate a number greater than ${limit}, then press submit.`); };
kinds.guess = () => { const n = int(10), out = el("p", { textContent: "Waiting for your guess..." }); const i = field("", "number", 60); put(press("Submit", () => { const g = Number(i.value); if (g === n) judge(true); else out.textContent = `The number is ${n < g ? "lower" : "higher"} than ${g}.`; }), out); say(one(["Guess the number between 0-9 and press Submit. Use the feedback below to find the right number.", "Guess a number from 0 to 9 and click Submit; the hint tells whether it is higher or lower."])); };
kinds.order_food = () => { const dishes = mix(["Soup", "Salad", "Pizza", "Curry", "Pasta"]).slice(0, 4), want = [1 + int(3), 1 + int(2)], have = {}; dishes.forEach((d) => { const n = el("b", { textContent: "0", style: "margin:0 6px" }); have[d] = n; put(el("p", { style: "display:flex" }, el("span", { textContent: d, style: "flex:1" }), el("button", { textContent: "-", onclick: () => (n.textContent = Math.max(0, n.textContent - 1)) }), n, el("button", { textContent: "+", onclick: () => (n.textContent = Number(n.textContent) + 1) }))); }); put(press("Order", () => judge(dishes.every((d, k) => Number(have[d].textContent) === (k < 2 ? want[k] : 0))))); say(`Order ${want[0]} ${dishes[0]} and ${want[1]} ${dishes[1]}.`); };
kinds.flight = () => {
  const a = cities[0], b = cities[1], day = `12/${pad(1 + int(28))}/2016`, cheap = int(2); const complete = (ph) => { const i = el("input", { type: "text", placeholder: ph, style: "width:140px" }), list = el("div", { className: "sug", style: "display:none" }); i.oninput = () => { const fits = cities.map((c) => `${c} (${c.slice(0, 3).toUpperCase()})`).filter((c) => i.value && c.toLowerCase().includes(i.value.toLowerCase())); list.style.display = fits.length ? "block" : "none"; list.replaceChildren(...fits.map((c) => el("div", { textContent: c, onclick: () => { i.value = c; list.style.display = "none"; } }))); }; put(el("p", {}, i, list)); return i; };
  const f = complete("From:"), t = complete("To:"), d = el("input", { type: "text", style: "width:140px" }); put("Departure Date", d, picker(d, 2016, 11)); put(el("p", {}, press("Search", () => { const ok = f.value.startsWith(a) && t.value.startsWith(b) && d.value === day; if (!ok) return judge(false); const prices = mix([120, 340, 610]), hours = mix([2, 5, 9]); area.replaceChildren(...prices.map((p, k) => el("div", { className: "post" }, el("div", { textContent: `Duration: ${hours[k]}h` }), press(`Book flight for $${p}`, () => judge(cheap ? p === 120 : hours[k] === 2))))); }))); say(`Book the ${cheap ? "cheapest" : "shortest"} one-way flight from: ${a} to: ${b} on ${day}.`);
};
kinds.sliders = () => {
  const want = [int(11), int(11), int(11)], got = [0, 0, 0];
  want.forEach((_, k) => { const out = el("b", { textContent: "0", style: "margin-left:4px" }), knob = el("span", { className: "knob" }), track = el("div", { className: "track", style: "width:110px;display:inline-block" }, knob); const set = (v) => { got[k] = Math.max(0, Math.min(10, Math.round(v))); knob.style.left = got[k] * 11 - 7 + "px"; out.textContent = got[k]; }; knob.onpointerdown = (e) => { knob.setPointerCapture(e.pointerId); knob.onpointermove = (m) => set((m.clientX - track.getBoundingClientRect().left) / 11); knob.onpointerup = () => (knob.onpointermove = null); }; set(0); put(el("div", {}, track, out)); });
  put(press("Submit", () => judge(got.join() === want.join()))); say(`Set the sliders to the combination [${want.join(",")}] and submit.`);
};
kinds.second_area = () => { const t = [0, 1, 2].map(() => mix(words).slice(0, 3).join(" ")), k = int(3); t.forEach((v) => put(el("textarea", { value: v, rows: 1, style: "width:150px" }))); const i = field("", "text", 140); put(press("Submit", () => judge(i.value.trim() === t[k]))); say(`Copy the text from the ${["1st", "2nd", "3rd"][k]} text area below and paste it into the text field, then press Submit.`); };
kinds.code_word = () => { const code = [...Array(4)].map(() => one([..."abdeghkmnpt23467"])).join(""); put(el("p", { style: "font-size:24px;font-style:italic;letter-spacing:3px;text-align:center;transform:skew(-8deg)" }, code)); const i = field("", "text", 120); put(press("Submit", () => judge(i.value === code))); say("Type the text below into the text field and press Submit."); };
