// Exact labels by colour: every element (and every pseudo-element that paints) gets a flat colour of its own, the
// page is photographed once in those colours, and a pixel's colour then says which element is on top there.
// `data-e` names the kind of an element, `data-before`/`data-after` the kind of its pseudo-element; `data-n` its
// name where no text says it, `data-s` its states. Texts outside every named element become lines of kind "text".
(() => {
  const NATIVE = "input,select,textarea,progress,meter,img,svg,canvas,video";
  const FLAT = `
    *:not([data-flood]), *::before, *::after { filter: none !important; }
    *, *::before, *::after { backdrop-filter: none !important; mix-blend-mode: normal !important;
      box-shadow: none !important; text-shadow: none !important; mask: none !important; border-radius: 0 !important;
      color: transparent !important; -webkit-text-fill-color: transparent !important; text-decoration: none !important;
      caret-color: transparent !important; outline-color: transparent !important; border-image: none !important; }
    *::placeholder, *::marker { color: transparent !important; }
    *:not([data-flood])::-webkit-slider-thumb, *:not([data-flood])::-webkit-slider-runnable-track { opacity: 0 !important; }
    *:not([data-clear]) { opacity: 1 !important; }
    [data-clear] { opacity: 0 !important; }
    *:not([data-paint]) { background: none !important; }
    [data-paint] { background: var(--paint) !important; background-clip: border-box !important; border-color: transparent !important; }
    [data-edge] { border-color: var(--edge) !important; }
    *:not([data-pb])::before, *:not([data-pa])::after { background: none !important; border-color: transparent !important; }
    [data-pb]::before { background: var(--pb) !important; background-clip: border-box !important; border-color: transparent !important; opacity: 1 !important; }
    [data-pa]::after { background: var(--pa) !important; background-clip: border-box !important; border-color: transparent !important; opacity: 1 !important; }
    ${NATIVE} { object-position: -99999px 0 !important; }
    *:not([data-flood]):not([data-clear]) { appearance: none !important; }
    [data-flood] { filter: var(--flood) !important; opacity: 1 !important; }
    svg * { visibility: hidden !important; }`;
  // What lies under a veil can be seen; what lies under a coat cannot.
  const opaque = (colour) => {
    const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour) || /\/\s*([\d.]+)\)$/.exec(colour);
    return colour !== "transparent" && (!alpha || Number(alpha[1]) > 0.75);
  };
  const paints = (style) => opaque(style.backgroundColor) || style.backgroundImage !== "none";
  const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []))];
  const parent = (element) => element.assignedSlot || element.parentElement || (element.getRootNode().host ?? null);
  const flat = new CSSStyleSheet();
  flat.replaceSync(FLAT);
  let all = [];
  let hosts = [];  // number → the element, or the one whose pseudo-element it is

  // Texts become elements of their own, so that their lines can be painted. Done once, before the first picture.
  function wrap() {
    for (const root of roots(document)) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) {
        const holder = walker.currentNode.parentElement;
        if (walker.currentNode.data.trim() && holder && !holder.closest("script,style,select,textarea,title,svg,x-t")) texts.push(walker.currentNode);
      }
      for (const text of texts) {
        const own = document.createElement("x-t");
        text.replaceWith(own);
        own.append(text);
      }
      flat.disabled = true;
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, flat];
    }
  }

  let floods = null;

  // A filter that replaces whatever an element paints by one colour.
  function flood(code) {
    const name = "http://www.w3.org/2000/svg";
    if (!floods) {
      floods = document.createElementNS(name, "svg");
      floods.setAttribute("style", "position:absolute;width:0;height:0");
      document.body.append(floods);
    }
    const id = "flood-" + code;
    if (document.getElementById(id)) return `url(#${id})`;
    const filter = document.createElementNS(name, "filter");
    for (const [key, value] of Object.entries({ id, x: 0, y: 0, width: 1, height: 1, "color-interpolation-filters": "sRGB" })) filter.setAttribute(key, value);
    const fill = document.createElementNS(name, "feFlood");
    fill.setAttribute("flood-color", hex(code));
    filter.append(fill);
    floods.append(filter);
    return `url(#${id})`;
  }

  function hex(number) { return "#" + number.toString(16).padStart(6, "0"); }

  // Gives every element its colours and returns what the photograph cannot say. Colours: see `colour_codes` in labels.py.
  function prepare(spread, start) {
    const code = (i) => (i * spread + start) % 16777216;
    all = [];
    for (const root of roots(document)) all.push(...root.querySelectorAll("*"));
    all = all.filter((element) => !["SCRIPT", "STYLE", "HEAD", "LINK", "META", "TITLE", "OPTION", "BR"].includes(element.tagName) && !element.ownerSVGElement && element !== floods);
    const index = new Map(all.map((element, i) => [element, i]));
    hosts = [...all];
    const out = { parents: [], nodes: [] };
    let next = all.length;
    const styles = all.map((element) => getComputedStyle(element));
    const plans = all.map((element, i) => {
      const style = styles[i];
      const plan = { clear: Number(style.opacity) < 0.1 };
      const named = element.hasAttribute("data-e");
      plan.paint = named || element.tagName === "X-T" || element.matches(NATIVE) || paints(style);
      // What the browser draws in its own way takes no background: a filter floods it, and its size stays.
      plan.flood = element.matches("input[type=checkbox],input[type=radio],input[type=range],select,progress,meter") && style.appearance !== "none" && element.getRootNode() === document && !plan.clear;
      plan.edge = !plan.paint && parseFloat(style.borderTopWidth) > 0 && opaque(style.borderTopColor) && style.borderTopStyle !== "none";
      for (const side of ["before", "after"]) {
        const pseudo = getComputedStyle(element, "::" + side);
        const there = pseudo.content !== "none" && pseudo.content !== "normal" && pseudo.display !== "none" && pseudo.visibility !== "hidden" && Number(pseudo.opacity) > 0.1;
        plan[side] = there && (element.hasAttribute("data-" + side) || paints(pseudo));
      }
      return plan;
    });
    all.forEach((element, i) => {
      const plan = plans[i];
      plan.colours = { "--paint": plan.paint && hex(code(i)), "--edge": plan.edge && hex(code(i)) };
      out.parents[i] = index.get(parent(element)) ?? -1;
      const own = { i, inert: Boolean(element.closest("[inert]")) };
      const holder = element.closest("[data-e]") || (element.getRootNode().host?.closest("[data-e]") ?? null);
      const rect = element.getBoundingClientRect();
      if (element.hasAttribute("data-e")) {
        const lines = ["link", "heading", "text"].includes(element.dataset.e);
        own.kind = element.dataset.e;
        own.name = element.dataset.n || (element.matches("select") ? element.selectedOptions[0]?.text : element.matches("input,textarea") ? element.value || element.placeholder : element.innerText) || "";
        own.purpose = element.dataset.p || "";
        own.states = (element.dataset.s || "").split(" ").filter(Boolean);
        const control = element.matches("input,select,textarea,button") ? element : document.getElementById(element.dataset.for || "");
        if (control) {
          if (["checkbox", "radio"].includes(control.type)) own.states = own.states.filter((s) => s !== "checked").concat(control.checked ? ["checked"] : []);
          if (control.disabled && !own.states.includes("disabled")) own.states.push("disabled");
          if (control === document.activeElement) own.states.push("focused");
        }
        own.rects = lines ? texts(element) : [[rect.left, rect.top, rect.right, rect.bottom]];
        if (lines && !own.rects.length) own.rects = [[rect.left, rect.top, rect.right, rect.bottom]];
        own.split = lines;
      } else if (element.tagName === "X-T" && (!holder || ["dialog", "image"].includes(holder.dataset.e))) {
        own.kind = "text";
        own.name = element.textContent;
        own.states = [];
        own.rects = [...element.getClientRects()].map((r) => [r.left, r.top, r.right, r.bottom]);
        own.split = true;
      }
      if (own.split) own.parts = own.rects.length > 1 ? perLine(element, own.rects) : [own.name];
      // A picture drawn in the text's colour is not there where a library makes that transparent (and shades the text).
      if (element.tagName === "svg" && /rgba\(.*, 0\)|transparent/.test(styles[i].color)) own.kind = null;
      if (own.kind) {
        own.words = own.name.replace(/\s+/g, " ").trim();
        out.nodes.push(own);
      }
      for (const side of ["before", "after"]) {
        if (!plan[side]) continue;
        const id = next++;
        plan.colours[side === "before" ? "--pb" : "--pa"] = hex(code(id));
        out.parents[id] = i;
        hosts[id] = element;
        if (element.dataset[side]) {
          const control = document.getElementById(element.dataset.for || "");
          const states = (element.dataset.s || "").split(" ").filter((s) => s && s !== "checked");
          if (control?.checked || (!control && (element.dataset.s || "").includes("checked"))) states.push("checked");
          if (control?.disabled && !states.includes("disabled")) states.push("disabled");
          out.nodes.push({ i: id, kind: element.dataset[side], words: element.dataset.n || "", purpose: element.dataset.p || "", states, rects: null, inert: own.inert });
        }
      }
    });
    out.view = [innerWidth, innerHeight];
    out.shape = shape();
    // Everything has been read: from here on styles change, and nothing asks for the layout in between.
    all.forEach((element, i) => {
      const plan = plans[i];
      const marks = { clear: plan.clear, paint: plan.paint, edge: plan.edge, pb: plan.before, pa: plan.after, flood: plan.flood };
      for (const [name, on] of Object.entries(marks)) if (element.hasAttribute("data-" + name) !== on) element.toggleAttribute("data-" + name, on);
      if (plan.flood) plan.colours["--flood"] = flood(code(i));
      for (const [name, value] of Object.entries(plan.colours)) {
        if (value && element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
      }
    });
    return out;
  }

  // Where everything is: the same before and after the flat colours, or the labels would be wrong.
  function shape() {
    return all.map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.top, r.right, r.bottom].map((x) => x.toFixed(1)).join()).join(";");
  }

  function texts(element) {
    const found = [];
    for (const text of element.querySelectorAll("x-t")) for (const r of text.getClientRects()) found.push([r.left, r.top, r.right, r.bottom]);
    return found;
  }

  // The words on each line box of a wrapped text.
  function perLine(element, rects) {
    const lines = rects.map(() => "");
    const range = document.createRange();
    for (const holder of element.tagName === "X-T" ? [element] : element.querySelectorAll("x-t")) {
      const node = holder.firstChild;
      for (const match of node.data.matchAll(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*/g)) {
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const r = range.getClientRects()[0];
        if (!r) continue;
        const line = rects.findIndex(([left, top, right, bottom]) => r.top + r.height / 2 >= top && r.top + r.height / 2 < bottom && r.left >= left - 1 && r.left <= right);
        if (line >= 0) lines[line] += match[0];
      }
    }
    return lines.map((line) => line.trim());
  }

  // Takes elements out of the picture and puts them back: for checks that ask the pixels.
  function hide(numbers, on) {
    for (const number of numbers) {
      if (on) hosts[number].style.setProperty("opacity", "0", "important");
      else hosts[number].style.removeProperty("opacity");
    }
  }

  window.labels = { hide, wrap, prepare, paint: (on) => { flat.disabled = !on; return on ? shape() : null; } };
})();
