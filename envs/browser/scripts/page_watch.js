// Runs in a world of its own, which the page cannot see. Tells what the page is still waiting for, in ms.
globalThis.guiAgentWatch = ((token) => {
  let timers = 0;
  document.addEventListener(token + "!", (event) => {
    timers = Number(event.detail) || 0;
  });

  // Until what is due now has run and been drawn. A page that is not drawn has no frames: then 100 ms at most.
  const drawn = () =>
    new Promise((done) => {
      setTimeout(() => requestAnimationFrame(() => done()), 2);
      setTimeout(done, 100);
    });

  const animations = () => {
    let longest = 0;
    for (const animation of document.getAnimations()) {
      if (animation.playState !== "running" || !animation.timeline || "source" in animation.timeline) continue;
      const { endTime } = animation.effect.getComputedTiming();
      if (typeof endTime !== "number" || !Number.isFinite(endTime)) continue; // goes on for ever
      const position = animation.currentTime ?? 0;
      const rate = Math.abs(animation.playbackRate) || 1;
      const left = (animation.playbackRate < 0 ? position : endTime - position) / rate;
      if (left > 0 && left <= 10000) longest = Math.max(longest, left);
    }
    return longest;
  };

  return async (since, afterInput) => {
    const began = performance.now();
    if (afterInput) await drawn();
    timers = 0;
    document.dispatchEvent(new CustomEvent(token + "?", { detail: since + performance.now() - began }));
    return Math.max(timers, animations());
  };
})("TOKEN");
