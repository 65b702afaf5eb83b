// One program under study: it can be stepped forwards, rewound and edited, and explains single elements of its step.

import type { HostArray } from "chainrule";
import { type StepTrace, type TracedStep, trace } from "chainrule/inspect";
import type { Program } from "./program.ts";
import { makeProgram } from "./programs/all.ts";
import { gradientNorms, historyOf, predictionsOf } from "./programs/history.ts";
import { levelsOf } from "./programs/surface.ts";
import type { ProgramName, Settings, StudioWorker, View } from "./protocol.ts";

/** The loss before an iteration and, of the past, the values of all state there, where they are kept. */
interface Moment {
  readonly values: ReadonlyMap<string, HostArray> | undefined;
  readonly loss: number;
}

/** Bytes of earlier states that are kept. */
const largestPast = 12e6;

export class Session implements StudioWorker {
  readonly #hurry: () => Promise<void>;
  #program: Program | undefined;
  #traced: TracedStep | undefined;
  /** The past, one entry per iteration; the last one is the present. */
  #moments: Moment[] = [];

  /** `hurry` is awaited before anything that takes long without a compiler. */
  constructor(hurry: () => Promise<void> = async () => {}) {
    this.#hurry = hurry;
  }

  async open(name: ProgramName, settings: Settings): Promise<View> {
    // The lessons' programs are opened in less time without a compiler than it takes to fetch one.
    if (name === "custom") await this.#hurry();
    this.#program = await makeProgram(name, settings);
    this.#moments = [];
    return this.#look();
  }

  async history(...asked: Parameters<typeof historyOf>): ReturnType<typeof historyOf> {
    await this.#hurry();
    return historyOf(...asked);
  }

  readonly gradientNorms = gradientNorms;

  async predictions(...asked: Parameters<typeof predictionsOf>): ReturnType<typeof predictionsOf> {
    await this.#hurry();
    return predictionsOf(...asked);
  }

  readonly levels = levelsOf;

  advance(updates: number): View {
    const { step, inputs } = this.#opened();
    for (let k = 0; k < updates; k++) {
      const values = this.#state();
      const loss = step(...inputs).itemSync();
      const present = k === 0 ? this.#moments.pop() : undefined; // what has been shown stays
      this.#moments.push({ values, loss: present?.loss ?? loss });
      this.#forgetValues();
    }
    return this.#look();
  }

  rewind(iteration: number): View {
    if (iteration < this.#moments.length - 1) this.#return(iteration);
    this.#moments.length = iteration;
    return this.#look();
  }

  /** Sets all state as it was, from the last moment before of which it is kept. */
  #return(iteration: number): void {
    const { step, inputs, state } = this.#opened();
    const kept = this.#moments.findLastIndex(
      ({ values }, k) => k <= iteration && values !== undefined,
    );
    const { values } = this.#moments[kept];
    for (const [path, slot] of state) slot.set(values!.get(path)!);
    for (let k = kept; k < iteration; k++) step(...inputs).itemSync();
  }

  edit(parameter: string, element: number, value: number): View {
    const state = this.#opened().state.get(parameter)!;
    const data = state.dataSync();
    data[element] = value;
    state.set(data);
    this.#moments.pop();
    return this.#look();
  }

  explain(node: number, element: number): ReturnType<StudioWorker["explain"]> {
    const found = this.#traced!.explain(node, element);
    if (found.adjoint === undefined) return found;
    return { ...found, numeric: this.#numericDerivative(node, element) };
  }

  paths(node: number, element: number): ReturnType<StudioWorker["paths"]> {
    return this.#traced!.paths(node, element);
  }

  values(node: number, from: number, count: number): Float32Array {
    return Float32Array.from(this.#traced!.values(node, from, count));
  }

  /** The finite-difference check, where the step can be done in float64. */
  #numericDerivative(node: number, element: number): number | undefined {
    try {
      return this.#traced!.numericDerivative(node, element);
    } catch {
      return undefined;
    }
  }

  /** Traces the step that would come next. */
  #look(): View {
    const { step, inputs, names } = this.#opened();
    this.#traced = undefined;
    this.#traced = trace(step, inputs, { names });
    const data = lightened(this.#traced.toJSON());
    this.#moments.push({ values: undefined, loss: data.loss.value });
    const losses = this.#moments.map(({ loss }) => loss);
    return { trace: data, iteration: losses.length - 1, losses };
  }

  #state(): Map<string, HostArray> {
    return new Map([...this.#opened().state].map(([path, state]) => [path, state.dataSync()]));
  }

  /** Where states grow large, those in the middle of the past are computed again when they are asked for. */
  #forgetValues(): void {
    let bytes = 0;
    for (let k = this.#moments.length - 1; k > 0; k--) {
      for (const { byteLength } of this.#moments[k].values?.values() ?? []) bytes += byteLength;
      if (bytes > largestPast) this.#moments[k] = forgotten(this.#moments[k]);
    }
  }

  #opened(): Program {
    if (this.#program === undefined) throw new Error("No program is open.");
    return this.#program;
  }
}

/** A moment without its values, whose memory is free at once where the engine can do that. */
function forgotten({ values, loss }: Moment): Moment {
  for (const { buffer } of values?.values() ?? [])
    (buffer as { transfer?(length: number): unknown }).transfer?.(0);
  return { values: undefined, loss };
}

/** Elements kept of nodes in between: of the backward pass that are no adjoints, of the update that are no results. */
const few = 16;

/** Traces with more nodes than this keep so many elements of all; the page asks for others when it shows them. */
const large = { nodes: 600, elements: 64 } as const;

/** A trace without what the page does not show at once. */
function lightened(trace: StepTrace): StepTrace {
  const results = new Set(trace.updates.flatMap(({ after }) => after));
  const isLarge = trace.nodes.length > large.nodes;
  const nodes = trace.nodes.map((node) => {
    const isBetween = node.phase === "backward" || node.phase === "update";
    const count =
      isBetween && node.adjointOf === undefined && !results.has(node.id)
        ? few
        : isLarge
          ? large.elements
          : Number.POSITIVE_INFINITY;
    if (node.values.length <= count) return node;
    const sampled = node.sampled?.slice(0, count) ?? Array.from({ length: count }, (_, k) => k);
    return { ...node, values: node.values.slice(0, count), sampled };
  });
  return { ...trace, nodes };
}
