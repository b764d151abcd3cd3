// Runs in a world of its own, which the page cannot see. A headless capture does not show the lists that the
// browser opens for <select> and for fields with a <datalist>, so this draws them on the page, where a picture shows
// them, and lets pointer and keys choose from them. The page gets the same focus, input and change as from the
// browser's own lists. In a frame too small for its list, the list is drawn by the page that holds the frame:
// `guiAgentTell` (a binding of envs/browser/activity.py) carries what is to be drawn, and what is chosen there.
globalThis.guiAgentLists = (() => {
  if (!(document instanceof HTMLDocument)) return null;
  const MARGIN = 4;
  const TEXT_TYPES = ["text", "search", "url", "tel", "email", "number"];
  let open = null; // {control, options, view, current, moved}
  let typed = "";
  let typedAt = 0;
  let choosing = false;
  const known = new WeakSet(); // controls in closed trees, which events do not name

  const element = (style, text) => {
    const made = document.createElement("div");
    made.style.cssText = style; // through the object model, so that no content policy applies
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // By name: in a frame that began as an empty document, nodes are no instances of this world's classes.
  const is = (node, name) => node?.localName === name && node.namespaceURI === "http://www.w3.org/1999/xhtml";
  const isSelect = (node) =>
    is(node, "select") && !node.multiple && node.size <= 1 && !node.matches(":disabled");
  const isListed = (node) =>
    is(node, "input") && node.list && TEXT_TYPES.includes(node.type) && !node.readOnly && !node.matches(":disabled");
  const controlAt = (event) => event.composedPath().find((node) => isSelect(node) || isListed(node));
  const inClosedTree = (node) => {
    let root = node.getRootNode();
    while (root.host && root.mode === "open") root = root.host.getRootNode();
    return Boolean(root.host);
  };
  const usable = (option) =>
    !option.disabled && !(is(option.parentNode, "optgroup") && option.parentNode.disabled);
  const label = (option) => option.label || option.textContent.trim();

  // -- drawing: a list of rows below or above a place --------------------------------------------------------

  const boxStyle = (look) =>
    `all:initial;position:fixed;box-sizing:border-box;overflow-y:auto;overscroll-behavior:contain;cursor:default;
     border:1px solid #767676;box-shadow:0 2px 8px rgba(0,0,0,.3);user-select:none;direction:${look.direction};
     font:${look.size}px ${look.family};background:${look.background};color:${look.color};`;

  function draw({ rows, look, place }, beside) {
    const host = document.createElement("div");
    const shadow = host.attachShadow({ mode: "closed" });
    const box = element(boxStyle(look));
    const { height } = look;
    const drawn = [];
    for (const row of rows) {
      const start = row.indent ? 24 : 8;
      const style = `padding-block:0;padding-inline:${start}px 8px;height:${height}px;line-height:${height}px;white-space:pre;`;
      if (row.kind === "line") box.append(element("height:0;border-top:1px solid #ccc;margin:4px 0;"));
      else if (row.kind === "group") box.append(element(style + "font-weight:bold;", row.text));
      else {
        const made = element(style, row.text || " ");
        if (!row.usable) made.style.opacity = "0.4";
        drawn.push(made);
        box.append(made);
      }
    }
    shadow.append(box);
    host.style.cssText = "all:initial;position:fixed;inset:0;margin:0;padding:0;border:0;overflow:visible;" +
      "background:none;width:0;height:0;z-index:2147483647;";
    // In the top layer, and inside a modal dialog if the list box is in one: all else is inert then.
    (beside?.closest("dialog:modal") || document.querySelector("dialog:modal") || document.documentElement).append(host);
    try {
      host.popover = "manual";
      host.showPopover();
    } catch {}
    host.style.zoom = String(1 / (host.currentCSSZoom || 1)); // places are pixels of the window, however it is zoomed
    const natural = box.scrollHeight + 2;
    const below = innerHeight - place.bottom - MARGIN;
    const above = place.top - MARGIN;
    const down = natural <= below || below >= above;
    const tall = Math.min(natural, Math.max(height + 2, down ? below : above), height * 20 + 2);
    const width = place.right - place.left;
    const wide = Math.min(Math.max(width, box.scrollWidth + 2 + (tall < natural ? 18 : 0)), innerWidth - 8);
    const left = look.direction === "rtl" ? place.right - wide : place.left;
    box.style.height = `${tall}px`;
    box.style.minWidth = box.style.width = `${wide}px`;
    box.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - wide - MARGIN))}px`;
    box.style.top = `${down ? place.bottom : Math.max(MARGIN, place.top - tall)}px`;
    let marked = -1;
    return {
      host,
      box,
      remove: () => host.remove(),
      mark(index) {
        const paint = (row, on) => row && ([row.style.background, row.style.color] = on ? ["#1967d2", "#fff"] : ["", ""]);
        paint(drawn[marked], false);
        paint(drawn[index], true);
        marked = index;
        drawn[index]?.scrollIntoView({ block: "nearest" });
      },
      over(event) {
        const rect = box.getBoundingClientRect();
        return event.clientX >= rect.left && event.clientX < rect.right && event.clientY >= rect.top && event.clientY < rect.bottom;
      },
      onScrollBar(event) {
        const start = box.getBoundingClientRect().left + box.clientLeft;
        return event.clientX < start || event.clientX >= start + box.clientWidth;
      },
      rowAt: (event) =>
        drawn.findIndex((row) => {
          const rect = row.getBoundingClientRect();
          return event.clientY >= rect.top && event.clientY < rect.bottom;
        }),
    };
  }

  // -- what is drawn for a frame of ours, by the page that holds it ------------------------------------------

  let lent = null; // {view, id, usable, moved}
  const tell = (what) => globalThis.guiAgentTell?.(JSON.stringify(what));

  const outside = {
    show(id, spec) {
      lent?.view.remove();
      lent = { id, view: draw(spec), usable: spec.rows.filter((row) => row.kind === "option").map((row) => row.usable) };
      lent.view.mark(spec.marked);
    },
    mark(id, index) {
      if (lent?.id === id) lent.view.mark(index);
    },
    remove(id) {
      if (lent?.id !== id) return;
      lent.view.remove();
      lent = null;
    },
  };

  function lentPointer(event) {
    if (!lent.view.over(event)) {
      if (event.type === "mousedown") {
        tell({ to: lent.id, does: "close" });
        outside.remove(lent.id);
      }
      return false;
    }
    event.stopImmediatePropagation();
    if (lent.view.onScrollBar(event)) return true;
    event.preventDefault();
    const index = lent.view.rowAt(event);
    if (event.type === "mousemove" && lent.usable[index]) {
      lent.view.mark(index);
      tell({ to: lent.id, does: "mark", index });
    } else if (event.type === "mousedown") lent.moved = true;
    else if (event.type === "mouseup" && lent.moved && event.button === 0 && lent.usable[index]) {
      tell({ to: lent.id, does: "choose", index });
    }
    return true;
  }

  const farAway = (id) => ({
    far: true,
    remove: () => tell({ at: id, does: "remove" }),
    mark: (index) => tell({ at: id, does: "mark", index }),
    over: () => false,
    onScrollBar: () => false,
    rowAt: () => -1,
  });

  // -- opening, choosing, closing ----------------------------------------------------------------------------

  function rowsOf(control) {
    const rows = [];
    const options = [];
    const add = (option, text, indent) => {
      rows.push({ kind: "option", text, indent, usable: usable(option) });
      options.push(option);
    };
    if (isListed(control)) {
      const wanted = control.value.toLowerCase();
      for (const option of control.list.options) {
        const text = option.label && option.label !== option.value ? `${option.value}  ${option.label}` : option.value;
        if (option.value && !option.disabled && text.toLowerCase().includes(wanted)) add(option, text, false);
      }
      return { rows, options };
    }
    for (const child of control.children) {
      if (child.hidden) continue;
      if (is(child, "option")) add(child, label(child), false);
      else if (is(child, "optgroup")) {
        rows.push({ kind: "group", text: child.label });
        for (const option of child.querySelectorAll("option")) if (!option.hidden) add(option, label(option), true);
      } else if (is(child, "hr")) rows.push({ kind: "line" });
      else for (const option of child.querySelectorAll?.("option") || []) add(option, label(option), false);
    }
    return { rows, options };
  }

  function show(control) {
    close();
    const { rows, options } = rowsOf(control);
    if (!options.length && isListed(control)) return;
    const rect = control.getBoundingClientRect();
    const style = getComputedStyle(control);
    const scale = control.offsetWidth ? rect.width / control.offsetWidth : 1;
    const size = Math.max(11, (parseFloat(style.fontSize) || 13) * scale);
    const clear = /rgba\(.*, 0\)|transparent/.test(style.backgroundColor);
    const look = {
      size,
      height: Math.round(size * 1.6),
      family: style.fontFamily,
      direction: style.direction,
      background: clear ? "#fff" : style.backgroundColor,
      color: clear ? "#000" : style.color,
    };
    const place = { left: rect.left, top: rect.top, right: rect.right, bottom: rect.bottom };
    const marked = isListed(control) ? -1 : options.findIndex((option) => option.selected);
    const spec = { rows, look, place, marked };
    const fits = rows.length * look.height + 2 <= Math.max(rect.top, innerHeight - rect.bottom) - MARGIN;
    const inFrame = window.top !== window && globalThis.guiAgentTell;
    const id = inFrame && !fits ? String(Math.random()) : "";
    open = { control, options, current: -1, moved: false, id, view: id ? farAway(id) : draw(spec, control) };
    if (id) tell({ at: id, does: "show", spec, size: [innerWidth, innerHeight] });
    mark(marked);
  }

  function close() {
    open?.view.remove();
    open = null;
    typed = "";
  }

  function mark(index) {
    if (!open || index < 0) return;
    open.view.mark(index);
    open.current = index;
  }

  function choose(index) {
    const { control, options } = open;
    const option = options[index];
    if (!option || !usable(option)) return;
    close();
    if (!isListed(control) && option.selected) return;
    if (isListed(control)) control.value = option.value;
    else option.selected = true;
    choosing = true;
    control.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
    choosing = false;
  }

  // -- pointer and keys --------------------------------------------------------------------------------------

  function pointer(event) {
    if (!event.isTrusted) return;
    if (lent && lentPointer(event)) return;
    if (open && !open.control.isConnected) close();
    if (open?.view.over(event)) {
      event.stopImmediatePropagation();
      if (open.view.onScrollBar(event)) return;
      event.preventDefault();
      const index = open.view.rowAt(event);
      const option = open.options[index];
      if (event.type === "mousemove" && option && usable(option)) {
        open.moved = true;
        mark(index);
      } else if (event.type === "mousedown") open.moved = true;
      else if (event.type === "mouseup" && open.moved && event.button === 0) choose(index);
      return;
    }
    if (event.type === "mousedown") pressed(event, event.button === 0 ? controlAt(event) : undefined);
  }

  function pressed(event, control) {
    if (control && known.has(control) && event.currentTarget === window) return; // it listens for itself
    if (open) {
      const same = open.control === control;
      if (same && isListed(control)) return;
      if (!control && known.has(open.control) && event.currentTarget === window && event.composedPath().includes(open.control.getRootNode().host)) return;
      close();
      if (same) {
        event.preventDefault();
        return;
      }
    }
    // After the page's own listeners on the control: one that prevents the list prevents this one too.
    control?.addEventListener(
      "mousedown",
      (late) => {
        if (late.defaultPrevented) return;
        if (isListed(control)) return void setTimeout(() => !open && show(control)); // once it has the focus
        late.preventDefault();
        control.focus({ preventScroll: true });
        show(control);
      },
      { once: true },
    );
  }

  function key(event, control) {
    if (!event.isTrusted) return;
    if (open && !open.control.isConnected) close();
    const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (!open) {
      control ||= controlAt(event);
      const mac = navigator.platform.startsWith("Mac");
      if (!control || event.ctrlKey || event.metaKey) return;
      const opens = isListed(control)
        ? arrow
        : event.key === " " || event.key === "Enter" || event.key === "F4" || (arrow && (event.altKey || mac));
      if (opens) {
        event.preventDefault();
        show(control);
      }
      return;
    }
    const { control: owner, options, current } = open;
    const step = (from, by) => {
      let index = from;
      do index += by;
      while (options[index] && !usable(options[index]));
      return options[index] ? index : current;
    };
    const taken = () => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    if (isListed(owner)) {
      // The keys go on to the field; only those that move in the list are the list's.
      if (event.key === "Tab" || (event.key === "Enter" && current < 0)) return close();
      if (!arrow && event.key !== "Escape" && event.key !== "Enter") return;
      taken();
      if (event.key === "Escape") close();
      else if (event.key === "Enter") choose(current);
      else mark(event.key === "ArrowDown" ? step(current, 1) : step(current < 0 ? options.length : current, -1));
      return;
    }
    if (event.key === "Tab") return choose(current);
    taken();
    if (event.key === "Escape") close();
    else if (event.key === "Enter" || (event.key === " " && !typed)) choose(current);
    else if (event.altKey && event.key.startsWith("Arrow")) choose(current);
    else if (event.key === "ArrowDown") mark(step(current, 1));
    else if (event.key === "ArrowUp") mark(step(current, -1));
    else if (event.key === "Home") mark(step(-1, 1));
    else if (event.key === "End") mark(step(options.length, -1));
    else if (event.key === "PageDown") mark(step(Math.min(current + 10, options.length) - 1, 1));
    else if (event.key === "PageUp") mark(step(Math.max(current - 10, -1), 1));
    else if (event.key.length === 1) {
      if (event.timeStamp - typedAt > 1000) typed = "";
      typedAt = event.timeStamp;
      typed += event.key.toLowerCase();
      mark(options.findIndex((option) => usable(option) && label(option).toLowerCase().startsWith(typed)));
    }
  }

  for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "click", "dblclick", "mousemove", "contextmenu"]) {
    window.addEventListener(type, type.startsWith("mouse") ? pointer : (event) => {
      const view = [open?.view, lent?.view].find((one) => one && event.isTrusted && one.over(event));
      if (view) event.stopImmediatePropagation();
    }, true);
  }
  window.addEventListener("keydown", key, true);
  window.addEventListener("input", (event) => {
    const control = controlAt(event);
    if (!choosing && event.isTrusted && control && isListed(control)) show(control);
  }, true);
  window.addEventListener("blur", (event) => {
    if (open && isListed(open.control) && (event.target === open.control || event.target === window)) close();
  }, true);
  window.addEventListener("resize", close);
  window.addEventListener("scroll", (event) => {
    if (lent && event.target !== lent.view.host && !lent.view.box.contains(event.target)) {
      tell({ to: lent.id, does: "close" });
      outside.remove(lent.id);
    }
    if (open && !open.view.far && event.target !== open.view.host && !open.view.box.contains(event.target)) close();
  }, true);

  return {
    outside,
    // What the page that draws our list has to say.
    told(id, does, index) {
      if (open?.id !== id) return;
      if (does === "choose") choose(index);
      else if (does === "mark") open.current = index;
      else {
        open = null;
        typed = "";
      }
    },
    // A control in a closed tree: no event names it, so it listens for itself.
    know(control) {
      if (control.ownerDocument !== document || known.has(control)) return;
      if (!inClosedTree(control) || !(isSelect(control) || isListed(control))) return;
      known.add(control);
      control.addEventListener("mousedown", (event) => {
        if (event.isTrusted && event.button === 0) pressed(event, control);
      }, true);
      control.addEventListener("keydown", (event) => key(event, control), true);
    },
  };
})();
