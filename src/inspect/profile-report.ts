// A profile as data and as text: a table of kernels, sums by layer, and events for Chrome's trace viewer and Perfetto.

import { printAsText } from "../core/print-as-text.ts";

/** One kernel of a step. */
export interface ProfileRow {
  /** The library kernel, or the functions that were fused into one. */
  readonly kernel: string;
  /** Layer that recorded what it computes; of fused layers the last one. */
  readonly layer: string;
  readonly backward: boolean;
  /** Runs in all measured steps. */
  readonly calls: number;
  /** Time in one step. */
  readonly milliseconds: number;
  /** Arithmetic in one step. */
  readonly flops: number;
  /** Bytes of the buffers it uses, in one step. */
  readonly bytes: number;
}

/** One run of a kernel. */
export interface ProfileEvent {
  readonly kernel: string;
  readonly layer: string;
  readonly backward: boolean;
  /** Milliseconds, as of `performance.now()`. */
  readonly start: number;
  readonly duration: number;
}

/** Sums over the kernels of one layer. */
export interface LayerProfile {
  readonly layer: string;
  readonly forward: number;
  readonly backward: number;
  /** Of the time of all kernels. */
  readonly share: number;
  readonly flops: number;
}

/** Facts of a measurement. */
export interface ProfileFacts {
  readonly steps: number;
  /** A step as it usually runs. */
  readonly stepMilliseconds: number;
  /** A step with the clocks. */
  readonly profiledMilliseconds: number;
  readonly threads: number;
}

/** An event of Chrome's trace format; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X";
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** Rows of the table that are printed. */
const rowsShown = 20;

/** Where the time of a step goes. Prints as a table. */
export class Profile {
  /** Kernels, the longest first. */
  readonly rows: readonly ProfileRow[];
  /** Every run of every kernel, in order. */
  readonly events: readonly ProfileEvent[];
  readonly facts: ProfileFacts;

  constructor(rows: readonly ProfileRow[], events: readonly ProfileEvent[], facts: ProfileFacts) {
    this.rows = [...rows].sort((a, b) => b.milliseconds - a.milliseconds);
    this.events = events;
    this.facts = facts;
  }

  /** Time of all kernels in one step. */
  get kernelMilliseconds(): number {
    return this.rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  }

  /** The same time by layer, the longest first. */
  byLayer(): readonly LayerProfile[] {
    const layers = new Map<string, { forward: number; backward: number; flops: number }>();
    for (const { layer, backward, milliseconds, flops } of this.rows) {
      const sums = layers.get(layer) ?? { forward: 0, backward: 0, flops: 0 };
      sums[backward ? "backward" : "forward"] += milliseconds;
      sums.flops += flops;
      layers.set(layer, sums);
    }
    const all = this.kernelMilliseconds;
    return [...layers]
      .map(([layer, sums]) => ({ layer, ...sums, share: (sums.forward + sums.backward) / all }))
      .sort((a, b) => b.share - a.share);
  }

  /** Events for chrome://tracing and ui.perfetto.dev: kernels, and above them the layers that they belong to. */
  chromeTrace(): { readonly traceEvents: readonly TraceEvent[]; readonly displayTimeUnit: "ms" } {
    const origin = this.events[0]?.start ?? 0;
    const event = (
      name: string,
      cat: string,
      start: number,
      duration: number,
      args = {},
    ): TraceEvent => {
      return {
        name,
        cat,
        ph: "X",
        ts: 1000 * (start - origin),
        dur: 1000 * duration,
        pid: 1,
        tid: 1,
        args,
      };
    };
    const kernels = this.events.map(({ kernel, layer, backward, start, duration }) =>
      event(kernel, backward ? "backward" : "forward", start, duration, { layer }),
    );
    const layers = runsOf(this.events).map(({ layer, backward, start, end }) =>
      event(`${layer}${backward ? " ←" : ""}`, "layer", start, end - start),
    );
    return { traceEvents: [...layers, ...kernels], displayTimeUnit: "ms" };
  }

  toString(): string {
    const all = this.kernelMilliseconds;
    const shown = this.rows.slice(0, rowsShown);
    const table = [
      ["ms", "share", "GFLOP/s", "MB", "kernel", "layer"],
      ...shown.map(({ milliseconds, flops, bytes, kernel, layer, backward }) => [
        milliseconds.toFixed(3),
        `${((100 * milliseconds) / all).toFixed(1)} %`,
        (flops / milliseconds / 1e6).toFixed(2),
        (bytes / 1e6).toFixed(2),
        kernel,
        `${layer}${backward ? " ←" : ""}`,
      ]),
    ];
    const widths = table[0].map((_, k) => Math.max(...table.map((row) => row[k].length)));
    const lines = table.map((row) =>
      row
        .map((cell, k) => (k < 4 ? cell.padStart(widths[k]) : cell.padEnd(widths[k])))
        .join("  ")
        .trimEnd(),
    );
    const { stepMilliseconds, profiledMilliseconds, steps, threads } = this.facts;
    const hidden = this.rows.length - shown.length;
    return [
      ...lines,
      ...(hidden > 0 ? [`and ${hidden} more`] : []),
      `kernels ${all.toFixed(3)} ms, step with clocks ${profiledMilliseconds.toFixed(3)} ms, step without ${stepMilliseconds.toFixed(3)} ms (mean of ${steps}, ${threads} ${threads === 1 ? "thread" : "threads"}); ← backward pass`,
    ].join("\n");
  }
}

printAsText(Profile);

interface Run {
  readonly layer: string;
  readonly backward: boolean;
  readonly start: number;
  end: number;
}

/** Kernels of one layer that follow each other. */
function runsOf(events: readonly ProfileEvent[]): Run[] {
  const runs: Run[] = [];
  for (const { layer, backward, start, duration } of events) {
    const last = runs.at(-1);
    if (last?.layer === layer && last.backward === backward) last.end = start + duration;
    else runs.push({ layer, backward, start, end: start + duration });
  }
  return runs;
}
