// Runs in a world of its own, which the page cannot see. A headless capture does not show the list that the
// browser opens for <select>, so this draws that list on the page, where a picture shows it, and lets pointer and
// keys choose from it. The page gets the same focus, input and change as from the browser's own list.
(() => {
  if (!(document instanceof HTMLDocument)) return;
  const MARGIN = 4;
  let open = null; // {select, host, box, rows, current, moved}
  let typed = "";
  let typedAt = 0;

  const element = (style, text) => {
    const made = document.createElement("div");
    made.style.cssText = style; // through the object model, so that no content policy applies
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const isList = (node) =>
    node instanceof HTMLSelectElement && !node.multiple && node.size <= 1 && !node.matches(":disabled");
  const listAt = (event) => event.composedPath().find((node) => isList(node));
  const usable = (option) =>
    !option.disabled && !(option.parentNode instanceof HTMLOptGroupElement && option.parentNode.disabled);
  const label = (option) => option.label || option.textContent.trim();

  function show(select) {
    close();
    const rect = select.getBoundingClientRect();
    const look = getComputedStyle(select);
    const size = Math.max(11, parseFloat(look.fontSize) || 13);
    const height = Math.round(size * 1.6);
    const host = document.createElement("div");
    const shadow = host.attachShadow({ mode: "closed" });
    const clear = /rgba\(.*, 0\)|transparent/.test(look.backgroundColor);
    const box = element(
      `all:initial;position:fixed;box-sizing:border-box;overflow-y:auto;overscroll-behavior:contain;cursor:default;
       border:1px solid #767676;box-shadow:0 2px 8px rgba(0,0,0,.3);user-select:none;direction:${look.direction};
       font:${size}px ${look.fontFamily};background:${clear ? "#fff" : look.backgroundColor};
       color:${clear ? "#000" : look.color};`,
    );
    const rows = [];
    const add = (option, inGroup) => {
      if (option.hidden) return;
      const row = element(
        `padding:0 8px 0 ${inGroup ? 24 : 8}px;height:${height}px;line-height:${height}px;white-space:pre;`,
        label(option) || " ",
      );
      if (!usable(option)) row.style.opacity = "0.4";
      rows.push({ option, row });
      box.append(row);
    };
    for (const child of select.children) {
      if (child instanceof HTMLOptionElement) add(child, false);
      else if (child instanceof HTMLOptGroupElement) {
        box.append(element(`padding:0 8px;height:${height}px;line-height:${height}px;font-weight:bold;`, child.label));
        for (const option of child.querySelectorAll("option")) add(option, true);
      } else if (child instanceof HTMLHRElement) {
        box.append(element("height:0;border-top:1px solid #ccc;margin:4px 0;"));
      }
    }
    shadow.append(box);
    host.style.cssText = "all:initial;position:fixed;inset:0;margin:0;padding:0;border:0;overflow:visible;" +
      "background:none;width:0;height:0;z-index:2147483647;";
    // In the top layer, and inside a modal dialog if the list box is in one: all else is inert then.
    (select.closest("dialog:modal") || document.documentElement).append(host);
    try {
      host.popover = "manual";
      host.showPopover();
    } catch {}
    const natural = box.scrollHeight + 2;
    const below = innerHeight - rect.bottom - MARGIN;
    const above = rect.top - MARGIN;
    const down = natural <= below || below >= above;
    const tall = Math.min(natural, Math.max(height + 2, down ? below : above), height * 20 + 2);
    const wide = Math.min(Math.max(rect.width, box.scrollWidth + 2 + (tall < natural ? 18 : 0)), innerWidth - 8);
    box.style.height = `${tall}px`;
    box.style.minWidth = box.style.width = `${wide}px`;
    box.style.left = `${Math.max(MARGIN, Math.min(rect.left, innerWidth - wide - MARGIN))}px`;
    box.style.top = `${down ? rect.bottom : rect.top - tall}px`;
    open = { select, host, box, rows, current: -1, moved: false };
    mark(rows.findIndex(({ option }) => option.selected));
  }

  function close() {
    open?.host.remove();
    open = null;
    typed = "";
  }

  function mark(index) {
    if (!open || index < 0) return;
    const paint = (number, on) => {
      const row = open.rows[number]?.row;
      if (row) [row.style.background, row.style.color] = on ? ["#1967d2", "#fff"] : ["", ""];
    };
    paint(open.current, false);
    paint(index, true);
    open.current = index;
    open.rows[index].row.scrollIntoView({ block: "nearest" });
  }

  function choose(index) {
    const { select, rows } = open;
    const option = rows[index]?.option;
    if (!option || !usable(option)) return;
    close();
    if (option.selected) return;
    option.selected = true;
    select.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const over = (event) => {
    const rect = open.box.getBoundingClientRect();
    return event.clientX >= rect.left && event.clientX < rect.right && event.clientY >= rect.top && event.clientY < rect.bottom;
  };
  const onScrollBar = (event) => event.clientX >= open.box.getBoundingClientRect().left + 1 + open.box.clientWidth;
  const rowAt = (event) =>
    open.rows.findIndex(({ row }) => {
      const rect = row.getBoundingClientRect();
      return event.clientY >= rect.top && event.clientY < rect.bottom;
    });

  function pointer(event) {
    if (!event.isTrusted) return;
    if (open && !open.select.isConnected) close();
    if (open && over(event)) {
      event.stopImmediatePropagation();
      if (onScrollBar(event)) return;
      event.preventDefault();
      const index = rowAt(event);
      if (event.type === "mousemove" && open.rows[index] && usable(open.rows[index].option)) {
        open.moved = true;
        mark(index);
      } else if (event.type === "mousedown") open.moved = true;
      else if (event.type === "mouseup" && open.moved && event.button === 0) choose(index);
      return;
    }
    if (event.type !== "mousedown") return;
    const select = event.button === 0 ? listAt(event) : undefined;
    if (open) {
      const same = open.select === select;
      close();
      if (same) {
        event.preventDefault();
        return;
      }
    }
    // After the page's own listeners on the list box: one that prevents the list prevents this one too.
    select?.addEventListener(
      "mousedown",
      (late) => {
        if (late.defaultPrevented) return;
        late.preventDefault();
        select.focus({ preventScroll: true });
        show(select);
      },
      { once: true },
    );
  }

  function key(event) {
    if (!event.isTrusted) return;
    if (open && !open.select.isConnected) close();
    if (!open) {
      const select = listAt(event);
      const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
      const mac = navigator.platform.startsWith("Mac");
      if (!select || event.ctrlKey || event.metaKey) return;
      if (event.key === " " || event.key === "Enter" || event.key === "F4" || (arrow && (event.altKey || mac))) {
        event.preventDefault();
        show(select);
      }
      return;
    }
    const { rows, current } = open;
    const step = (from, by) => {
      let index = from;
      do index += by;
      while (rows[index] && !usable(rows[index].option));
      return rows[index] ? index : current;
    };
    if (event.key === "Tab") return choose(current);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Escape") close();
    else if (event.key === "Enter" || (event.key === " " && !typed)) choose(current);
    else if (event.altKey && event.key.startsWith("Arrow")) choose(current);
    else if (event.key === "ArrowDown") mark(step(current, 1));
    else if (event.key === "ArrowUp") mark(step(current, -1));
    else if (event.key === "Home") mark(step(-1, 1));
    else if (event.key === "End") mark(step(rows.length, -1));
    else if (event.key === "PageDown") mark(step(Math.min(current + 10, rows.length) - 1, 1));
    else if (event.key === "PageUp") mark(step(Math.max(current - 10, -1), 1));
    else if (event.key.length === 1) {
      if (event.timeStamp - typedAt > 1000) typed = "";
      typedAt = event.timeStamp;
      typed += event.key.toLowerCase();
      mark(rows.findIndex(({ option }) => usable(option) && label(option).toLowerCase().startsWith(typed)));
    }
  }

  for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "click", "dblclick", "mousemove", "contextmenu"]) {
    window.addEventListener(type, type.startsWith("mouse") ? pointer : (event) => {
      if (open && event.isTrusted && over(event)) event.stopImmediatePropagation();
    }, true);
  }
  window.addEventListener("keydown", key, true);
  window.addEventListener("resize", close);
  window.addEventListener("scroll", (event) => {
    if (open && event.target !== open.host && !open.box.contains(event.target)) close();
  }, true);
})();
