// What `chainrule studio` and the page that it serves tell each other about runs, as JSON: types alone, so that both ends
// have the same ones.

/** Where a run in progress stands. */
export interface LiveState {
  readonly process: number;
  readonly status: "running" | "paused" | "stopping";
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps?: number;
  /** Seconds spent on steps. */
  readonly seconds: number;
  readonly learningRate: number;
  /** When this was written, in milliseconds since 1970. */
  readonly at: number;
}

/** What is wanted of a run; what is not given stays as it is. */
export interface WantedState {
  readonly paused?: boolean;
  /** Replaces the schedule's choice from the next step on. */
  readonly learningRate?: number;
  /** Ends the run after the step in progress, so that it is saved. */
  readonly stop?: boolean;
}

/** A log or an event file of a run. */
export interface RunRowFile {
  /** Asks for it. */
  readonly name: string;
  /** Its folder within the run. */
  readonly part: string;
  readonly bytes: number;
}

/** A run as `chainrule studio` lists it. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly recipe: string;
  /** As in `RunEntry`; `live` while a process trains in it, `events` where only event files are there. */
  readonly status: string;
  readonly problem?: string;
  readonly epochs?: number;
  readonly epochsWanted?: number;
  readonly results: Readonly<Record<string, number>>;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly when: string;
  readonly live?: LiveState;
  readonly files: readonly RunRowFile[];
}
