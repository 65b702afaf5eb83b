// Ctrl-C and SIGTERM during training: the first one asks the loop to end after its step, so that the run is saved; the
// second one ends the program at once. Files are whole either way, since each is renamed into place.

import type { FitControl } from "../train/node.ts";

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Signals that end a run. */
export interface Interruption {
  /** The program's exit code, once a signal was heard. */
  readonly exitCode: number | undefined;
  /** Gives the signals their usual meaning back. */
  end(): void;
}

/** Listens for signals; `tidy` restores the terminal before the program ends at once. */
export function interruption(control: FitControl, tidy: () => void): Interruption {
  let exitCode: number | undefined;
  const onSignal = (signal: keyof typeof exitCodes): void => {
    if (exitCode !== undefined) {
      tidy();
      process.exit(exitCodes[signal]);
    }
    exitCode = exitCodes[signal];
    control.stop(signal);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    get exitCode() {
      return exitCode;
    },
    end: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}
