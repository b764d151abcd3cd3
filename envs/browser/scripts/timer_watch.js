// Runs in the page's own world before the page's scripts. Notes the short timers that the page sets, so that the
// wait for rest knows of a change that is only waiting for its time. Answers an event whose name only we know;
// changes nothing that a page can observe in its work, keeps no callback and no content.
((token) => {
  const LONGEST = 1000; // ms; a longer timer, such as one that hides a message, is not waited for
  const KEPT = 200;
  const now = performance.now.bind(performance);
  const Detail = CustomEvent;
  const send = EventTarget.prototype.dispatchEvent.bind(document);
  const pending = new Map(); // timer id → {root, due}
  const recent = new Map(); // delay → the last timer of that delay

  const note = (id, delay, repeats) => {
    delay = Math.max(0, Number(delay) || 0);
    if (delay > LONGEST) return;
    const time = now();
    // A timer set when one of the same delay has just fired goes on with it: a chain, which counts from its root.
    const before = recent.get(delay);
    const chained = before && time >= before.due - 5 && time <= before.due + 60;
    const timer = { root: chained ? before.root : time, due: time + delay };
    if (repeats && delay <= 250) timer.due = time + LONGEST; // an animation by ticks: until it is cleared
    if (pending.size >= KEPT) {
      for (const [old, { due }] of pending) if (due < time) pending.delete(old);
      if (pending.size >= KEPT) pending.clear();
    }
    if (recent.size >= KEPT) recent.clear();
    pending.set(id, timer);
    recent.set(delay, timer);
  };
  const wrapped = (native, after) =>
    new Proxy(native, {
      apply(target, self, args) {
        const result = Reflect.apply(target, self, args);
        try {
          after(result, args);
        } catch {}
        return result;
      },
    });
  window.setTimeout = wrapped(window.setTimeout, (id, args) => note(id, args[1], false));
  window.setInterval = wrapped(window.setInterval, (id, args) => note(id, args[1], true));
  window.clearTimeout = wrapped(window.clearTimeout, (_, args) => pending.delete(args[0]));
  window.clearInterval = wrapped(window.clearInterval, (_, args) => pending.delete(args[0]));

  // Question: how long ago the input began, ms. Answer: ms until the last timer that it set is due, 0 for none.
  document.addEventListener(token + "?", (event) => {
    const time = now();
    const since = time - event.detail;
    let last = 0;
    for (const [id, timer] of pending) {
      if (timer.due <= time) pending.delete(id);
      else if (timer.root >= since && timer.due <= timer.root + LONGEST + 60) last = Math.max(last, timer.due - time);
    }
    send(new Detail(token + "!", { detail: last }));
  });
})("TOKEN");
