// The step that the page carries, in place of a program: its graph is built again from the data, so every element can be
// asked about, weights can be edited, and further updates on the same sample can be done.

import { decodeSafetensors, gunzip } from "chainrule/formats";
import { openStep, type StepTrace, type StoredStep, type TracedStep } from "chainrule/inspect";
import type { ProgramName, Settings, StudioWorker, View } from "../src/worker/protocol.ts";

type Leaves = StoredStep["leaves"];
type Offered = "open" | "advance" | "rewind" | "edit" | "explain" | "paths" | "values";

/** Elements of each node that the page gets at once; it asks for more when it shows them. */
const limit = 256;

export class StoredSession implements Pick<StudioWorker, Offered> {
  #trace!: StepTrace;
  #traced!: TracedStep;
  /** Leaves and loss before each iteration; the last one is the present. */
  #moments: { readonly leaves: Leaves; readonly loss: number }[] = [];

  async open(_program: ProgramName, { step }: Settings): Promise<View> {
    const { trace, leaves } = await readStep(String(step));
    this.#trace = trace;
    this.#traced = openStep({ trace, leaves }, { limit });
    this.#moments = [{ leaves, loss: trace.loss.value }];
    return { trace, iteration: 0, losses: [trace.loss.value] }; // as it was recorded: nothing to wait for
  }

  advance(updates: number): View {
    for (let k = 1; k < updates; k++) this.#look(this.#updated());
    return this.#look(this.#updated());
  }

  rewind(iteration: number): View {
    const { leaves } = this.#moments[iteration];
    this.#moments.length = iteration;
    return this.#look(leaves);
  }

  edit(parameter: string, element: number, value: number): View {
    const node = this.#trace.nodes.find(
      ({ name, phase }) => name === parameter && phase === "parameter",
    )!;
    const { leaves } = this.#moments.pop()!;
    const leaf = leaves.get(node.id)!;
    const data = leaf.data.slice();
    data[element] = value;
    return this.#look(new Map([...leaves, [node.id, { ...leaf, data }]]));
  }

  explain(node: number, element: number): ReturnType<StudioWorker["explain"]> {
    const found = this.#traced.explain(node, element);
    if (found.adjoint === undefined) return found;
    return { ...found, numeric: this.#traced.numericDerivative(node, element) };
  }

  paths(node: number, element: number): ReturnType<StudioWorker["paths"]> {
    return this.#traced.paths(node, element);
  }

  values(node: number, from: number, count: number): Float32Array {
    return Float32Array.from(this.#traced.values(node, from, count));
  }

  #look(leaves: Leaves): View {
    this.#traced = openStep({ trace: this.#trace, leaves }, { limit });
    const trace = this.#traced.toJSON();
    this.#moments.push({ leaves, loss: trace.loss.value });
    const losses = this.#moments.map(({ loss }) => loss);
    return { trace, iteration: losses.length - 1, losses };
  }

  /** The leaves after the step: what it wrote in the place of what it read. */
  #updated(): Leaves {
    return new Map([...this.#moments.at(-1)!.leaves, ...this.#traced.updated()]);
  }
}

/** Base 64 of gzip of a safetensors file: leaves by the number of their node, and the trace beside them. */
async function readStep(text: string): Promise<StoredStep> {
  const binary = atob(text.trim());
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const { tensors, metadata } = decodeSafetensors(await gunzip(bytes), "the step");
  const leaves = new Map([...tensors].map(([id, value]) => [Number(id), value]));
  return { trace: JSON.parse(metadata.trace) as StepTrace, leaves };
}
