// The words of shared memory by which threads agree. Those that different threads write lie in different cache lines.

/** Offsets in bytes from the start of the block. */
export const control = {
  /** 64 bits: number of the published step (high half), tiles that nobody has claimed (low half). */
  ticket: 0,
  /** Which step of which plan is published; neither changes before all its tiles are complete. */
  step: 64,
  plan: 68,
  /** Counts published steps. */
  published: 72,
  /** Tiles of the published step that are complete, and whether the caller sleeps until they are. */
  done: 128,
  waiting: 132,
  /** Threads that sleep, and the word they sleep on. */
  sleepers: 192,
  wake: 196,
  /** Messages sent to every thread. */
  mail: 256,
  /** Threads that take part, besides the caller. */
  helpers: 320,
  /** Set by a thread that failed. */
  abort: 324,
  /** Threads outside of the pool that compute, less the processors that the pool leaves free. */
  crowd: 328,
} as const;

/** Bytes of the block. */
export const controlBytes = 384;
