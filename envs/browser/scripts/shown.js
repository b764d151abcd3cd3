// What this document shows: fields with their values, and texts, each with its boxes in CSS pixels of the viewport.
() => {
  const found = [];
  const boxes = (rects) =>
    Array.from(rects, (r) => [r.left, r.top, r.right, r.bottom]).filter(
      ([l, t, r, b]) => r > l && b > t && r > 0 && b > 0 && l < innerWidth && t < innerHeight);
  const visit = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement;
        if (!node.nodeValue.trim() || (parent && /^(SCRIPT|STYLE|NOSCRIPT|TEXTAREA|OPTION)$/i.test(parent.tagName))) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const at = boxes(range.getClientRects());
        if (at.length) found.push({kind: "text", text: node.nodeValue.slice(0, 20000), boxes: at});
        continue;
      }
      if (node.shadowRoot) visit(node.shadowRoot);
      const field = /^(INPUT|TEXTAREA)$/i.test(node.tagName);
      // Dots stand in a field of passwords already.
      const value = field && node.type !== "password" ? node.value : node.tagName === "IMG" ? node.alt : "";
      const told = value || (field && node.type !== "password" ? node.placeholder : "");
      if (!told) continue;
      const at = boxes([node.getBoundingClientRect()]);
      if (at.length) found.push({kind: "field", text: String(told).slice(0, 20000), boxes: at});
    }
  };
  visit(document);
  return found;
}
