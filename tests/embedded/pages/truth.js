() => {
  // What a person can see on this page: visible words and widgets, boxes in screenshot pixels. For judging only.
  const ratio = window.devicePixelRatio, W = innerWidth, H = innerHeight;
  const box = r => [r.left * ratio, r.top * ratio, r.right * ratio, r.bottom * ratio];
  const onScreen = r => r.width > 1 && r.height > 1 && r.left >= 0 && r.top >= 0 && r.right <= W && r.bottom <= H;
  const shows = (el, r) => {
    const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2, top = document.elementFromPoint(x, y);
    return top && (top === el || el.contains(top) || top.contains(el));
  };
  // Text is clipped by what scrolls or cuts it off.
  const clipped = (el, r) => {
    for (let p = el; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      if (s.overflowX !== "visible" || s.overflowY !== "visible") {
        const c = p.getBoundingClientRect();
        if (r.right > c.right + 1 || r.bottom > c.bottom + 1 || r.top < c.top - 1 || r.left < c.left - 1) return true;
      }
    }
    return false;
  };
  const words = [], widgets = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, el = node.parentElement;
    if (!el || ["SCRIPT", "STYLE", "OPTION", "TEXTAREA"].includes(el.tagName)) continue;
    const style = getComputedStyle(el);
    if (style.visibility === "hidden" || style.opacity === "0") continue;
    for (const m of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, m.index); range.setEnd(node, m.index + m[0].length);
      const rects = [...range.getClientRects()];
      if (rects.length !== 1 || !/[\p{L}\p{N}]/u.test(m[0])) continue;
      const r = rects[0];
      if (onScreen(r) && shows(el, r) && !clipped(el, r)) words.push({ text: m[0], box: box(r) });
    }
  }
  const name = el => {
    if (el.labels && el.labels.length) return el.labels[0].innerText.trim();
    if (el.getAttribute("aria-label")) return el.getAttribute("aria-label");
    const before = el.previousElementSibling;
    if (el.dataset.label) return el.dataset.label;
    return before && before.tagName === "LABEL" && !before.querySelector("input") ? before.innerText.trim() : "";
  };
  const put = (kind, el, more) => {
    const r = el.getBoundingClientRect();
    const s = getComputedStyle(el);
    if (onScreen(r) && shows(el, r) && !clipped(el, r) && s.visibility !== "hidden" && s.opacity !== "0")
      widgets.push({ kind, box: box(r), text: (el.innerText || el.value || "").slice(0, 60), label: name(el), ...more });
  };
  const linkish = el => {
    const s = getComputedStyle(el), [r, g, b] = s.color.match(/\d+/g).map(Number);
    return s.textDecorationLine.includes("underline") || (b - r >= 60 && b >= g);
  };
  const checked = el => ({ state: [el.checked ? "checked" : "unchecked"] });
  for (const el of document.querySelectorAll("input,button,select,textarea,a,[role],[data-kind]")) {
    const kind = el.dataset.kind, role = el.getAttribute("role"), type = el.type;
    const off = el.disabled ? { state: ["disabled"] } : {};
    if (kind) put(kind, el, el.dataset.state ? { state: [el.dataset.state] } : {});
    else if ("swatch" in el.dataset) put("swatch", el, {});
    else if (role === "switch") put("switch", el, { state: [el.getAttribute("aria-checked") === "true" ? "checked" : "unchecked"] });
    else if (role === "tab") put("tab", el, el.getAttribute("aria-selected") === "true" ? { state: ["selected"] } : {});
    else if (el.tagName === "INPUT" && (type === "checkbox" || type === "radio")) put(type, el, checked(el));
    else if (el.tagName === "INPUT" && type === "range") put("slider", el, {});
    else if (el.tagName === "INPUT" && ["submit", "button", "reset"].includes(type)) put("button", el, off);
    else if (el.tagName === "INPUT" && type !== "hidden" && type !== "file") put("field", el, {});
    else if (el.tagName === "BUTTON") put("button", el, off);
    else if (el.tagName === "SELECT") put(el.multiple || el.size > 1 ? "listbox" : "select", el, {});
    else if (el.tagName === "TEXTAREA") put("textarea", el, {});
    else if (el.tagName === "A" && linkish(el) && el.getClientRects().length === 1) {
      const range = document.createRange(); range.selectNodeContents(el);
      const r = range.getBoundingClientRect();
      if (onScreen(r) && shows(el, r) && !clipped(el, r)) widgets.push({ kind: "link", box: box(r), text: el.innerText, label: "" });
    }
  }
  return { words, widgets };
}
