// The pace of a run: at most so many steps per second, by waiting where the run is ahead of its time. Timers are coarse, so
// short waits are saved up; a change of pace ends the wait in progress.

/** Milliseconds that a timer can be asked for. */
const shortest = 8;

export class Pace {
  #stepsPerSecond = 0;
  #from = 0;
  #steps = 0;
  #wake: (() => void) | undefined;

  /** Sets the pace; 0 for none. */
  set(stepsPerSecond: number): void {
    this.#stepsPerSecond = stepsPerSecond;
    this.begin();
    this.#wake?.();
  }

  /** Counts from now on. */
  begin(): void {
    this.#from = performance.now();
    this.#steps = 0;
  }

  /** After a step: the time until the next one, or undefined where it may come at once. */
  wait(): Promise<void> | undefined {
    if (this.#stepsPerSecond === 0) return undefined;
    this.#steps++;
    const due = this.#from + (1000 * this.#steps) / this.#stepsPerSecond;
    const ahead = due - performance.now();
    if (ahead < shortest) return undefined;
    return new Promise((resume) => {
      const timer = setTimeout(resume, ahead);
      this.#wake = () => {
        clearTimeout(timer);
        resume();
      };
    });
  }
}
