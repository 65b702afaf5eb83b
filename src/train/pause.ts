// Giving way to the page: a training loop that never pauses freezes the window that it runs in, and in Node hears no
// Ctrl-C. The pause is a macrotask, so that events, timers and painting come through.

/** Longest stretch without a pause, in milliseconds: one frame. */
const stretch = 16;

/** Makes a function that lets other work run when the last pause is 16 ms or more ago, and else returns at once. */
export function pauser(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < stretch) return;
    await nextTask();
    last = performance.now();
  };
}

function nextTask(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resume) => setImmediate(resume));
  return new Promise((resume) => {
    const { port1, port2 } = new MessageChannel(); // setTimeout would wait 4 ms each time
    port1.onmessage = () => {
      port1.close();
      resume();
    };
    port2.postMessage(null);
  });
}
