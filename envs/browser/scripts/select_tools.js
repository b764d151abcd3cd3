(() => {
  const tidy = (text) => text.replace(/\s+/g, " ").trim();

  // The visible text of a root as one tidy string, with the node and offset of each of its characters.
  function text(root) {
    const characters = [];
    const places = [];
    let space = true;
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        for (let offset = 0; offset < node.data.length; offset++) {
          const white = /\s/.test(node.data[offset]);
          if (white && space) continue;
          space = white;
          characters.push(white ? " " : node.data[offset]);
          places.push([node, offset]);
        }
        return;
      }
      if (node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.DOCUMENT_FRAGMENT_NODE) return;
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|SELECT|TEXTAREA)$/.test(node.tagName)) return;
        const look = getComputedStyle(node);
        if (look.display === "none" || look.visibility === "hidden") return;
        if (!space && look.display !== "inline") {
          characters.push(" ");
          places.push(null);
          space = true;
        }
      }
      // What is seen of a host is its shadow tree, with its own children where a slot shows them.
      const shown = node.localName === "slot" && node.assignedNodes().length ? node.assignedNodes() : null;
      for (const child of shown || (node.shadowRoot || node).childNodes) walk(child);
    };
    walk(root);
    return { characters, places };
  }

  function ranges(wanted) {
    const { characters, places } = text(document.body || document.documentElement);
    wanted = tidy(wanted);
    for (const fold of [(value) => value, (value) => value.toLowerCase()]) {
      // Folded one by one, so that a letter whose lower case is longer does not shift the places.
      const all = characters.map((one) => (fold(one).length === 1 ? fold(one) : one)).join("");
      const found = [];
      for (let at = all.indexOf(fold(wanted)); at >= 0; at = all.indexOf(fold(wanted), at + 1)) {
        const [first, last] = [places[at], places[at + wanted.length - 1]];
        if (!first || !last) continue;
        const range = document.createRange();
        range.setStart(...first);
        range.setEnd(last[0], last[1] + 1);
        if (range.getClientRects().length) found.push(range);
      }
      if (found.length) return found;
    }
    return [];
  }

  const distance = (range, [x, y]) => {
    const box = range.getBoundingClientRect();
    return Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  };
  function best(wanted, near) {
    const found = ranges(wanted);
    if (near) found.sort((a, b) => distance(a, near) - distance(b, near));
    const inView = (range) => {
      const box = range.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    };
    return near ? found[0] : found.find(inView) || found[0];
  }
  const field = (wanted) =>
    [...document.querySelectorAll("input, textarea")].find(
      (one) => one.type !== "password" && one.selectionStart !== null && one.value.includes(wanted) && one.getClientRects().length,
    );

  return {
    at([x, y]) {
      let found = document.elementFromPoint(x, y);
      while (found?.shadowRoot?.elementFromPoint(x, y) && found.shadowRoot.elementFromPoint(x, y) !== found) {
        found = found.shadowRoot.elementFromPoint(x, y);
      }
      return found;
    },
    corner(node) {
      const box = node.getBoundingClientRect();
      return [box.left + node.clientLeft, box.top + node.clientTop];
    },
    listBox(node) {
      const own = node.closest("select");
      if (own) return own;
      const control = node.closest("label")?.control;
      return control?.localName === "select" ? control : null;
    },
    options(select) {
      return [...select.options].map((option, index) => ({
        index,
        text: tidy(option.label || option.text),
        disabled: option.disabled || Boolean(option.closest("optgroup:disabled")) || select.matches(":disabled"),
      }));
    },
    choose(select, index) {
      select.focus({ preventScroll: true });
      if (select.options[index].selected && select.selectedOptions.length === 1) return;
      for (const option of select.options) option.selected = option.index === index;
      select.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    },
    find([wanted, near]) {
      const range = best(wanted, near);
      if (!range) return field(wanted) ? { draggable: false } : null;
      const box = range.getBoundingClientRect();
      if (box.top < 0 || box.bottom > innerHeight) {
        range.startContainer.parentElement.scrollIntoView({ block: "center", behavior: "instant" });
      }
      const parts = [...range.getClientRects()].filter((part) => part.width > 0);
      const [first, last] = [parts[0], parts[parts.length - 1]];
      const holder = range.commonAncestorContainer;
      const parent = holder.nodeType === Node.ELEMENT_NODE ? holder : holder.parentElement;
      return {
        draggable: !parent.closest("a, button, label, summary, [draggable=true], [onclick], [role=button]"),
        start: [first.left + 0.5, first.top + first.height / 2],
        end: [last.right - 0.5, last.top + last.height / 2],
      };
    },
    selected(wanted) {
      return tidy(getSelection().toString()).toLowerCase() === tidy(wanted).toLowerCase();
    },
    selectRange([wanted, near]) {
      const range = best(wanted, near);
      if (range) {
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        return;
      }
      const one = field(wanted);
      one.focus();
      one.setSelectionRange(one.value.indexOf(wanted), one.value.indexOf(wanted) + wanted.length);
    },
  };
})()
