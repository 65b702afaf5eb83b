// Giving way to the page: a training loop that never pauses freezes the window that it runs in, and in Node hears no
// Ctrl-C. The pause is a macrotask, so that events, timers and painting come through.

/** Longest stretch without a pause, in milliseconds: one frame. */
const stretch = 16;

/** Says when other work should run, and lets it. */
export interface Pauser {
  /** Whether the last pause is 16 ms or more ago. */
  isDue(): boolean;
  /** Lets other work run. */
  now(): Promise<void>;
}

/** Makes a pauser whose first stretch begins now. */
export function pauser(): Pauser {
  let last = performance.now();
  return {
    isDue: () => performance.now() - last >= stretch,
    async now() {
      await nextTask();
      last = performance.now();
    },
  };
}

/** Measures the time between laps, in seconds. */
export function stopwatch(): { lap(): number } {
  let last = performance.now();
  return {
    lap() {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
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
