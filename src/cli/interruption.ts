// Ctrl-C during training: the first one asks the loop to end after its step, the second one ends the program at once.

/** A signal that Ctrl-C (SIGINT) or SIGTERM sets. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  end(): void;
}

/** Listens for Ctrl-C; `tidy` restores the terminal before the program ends at once. */
export function interruption(tidy: () => void): Interruption {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      tidy();
      process.exit(130);
    }
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    end: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}
