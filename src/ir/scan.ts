// Loops in graphs. A node of kind "scan" is one result of a loop: its attributes hold the body, a closed graph as text,
// which is plain data, and how the body's arguments are laid out; its inputs are what they begin with.
// Arguments of the body: constants, the same in every turn; carries, each the result of the turn before; slices along
// axis 0 of what is stacked. Results of the body: the next carries, then what is stacked along axis 0.

import { unreachable } from "../core/errors.ts";
import type { Graph } from "./graph.ts";
import type { Attributes, OpKind, TensorType } from "./op.ts";
import { parseGraph } from "./parse.ts";
import { printGraph, showType } from "./print.ts";
import type { Tensor } from "./tensor.ts";

/** A loop: what its nodes have in common. */
export interface Loop {
  readonly body: Graph;
  readonly length: number;
  /** Whether it goes from the last slice to the first. */
  readonly reverse: boolean;
  readonly constants: number;
  readonly carries: number;
}

const bodies = new Map<string, Graph>();
const bodiesKept = 256;

/** Hears of bodies: of recorded ones that become attributes, and of those that are read from them. */
export interface LoopWatch {
  made(attributes: Attributes, body: Graph): void;
  read(attributes: Attributes, body: Graph): void;
}

let watch: LoopWatch | undefined;

/** Tells `seen` of the bodies of loops from now on; undefined ends it. */
export function watchLoops(seen: LoopWatch | undefined): void {
  watch = seen;
}

/** The attributes of result `output` of a loop: a carry after the last turn, or a stack. */
export function loopAttributes(loop: Loop, output: number): Attributes {
  const { body, length, reverse, constants, carries } = loop;
  const attributes = { body: textOf(body), length, reverse, constants, carries, output };
  watch?.made(attributes, body);
  return attributes;
}

/** The loop that a node is a result of. */
export function loopOf(attributes: Attributes): Loop {
  const { body: text, length, reverse, constants, carries } = attributes;
  const body = bodyOf(text as string);
  watch?.read(attributes, body);
  return {
    body,
    length: length as number,
    reverse: reverse as boolean,
    constants: constants as number,
    carries: carries as number,
  };
}

/** Text that is equal for nodes that are results of one loop. */
export function loopKey({ inputs, attributes }: Tensor): string {
  const { body, length, reverse } = attributes;
  return `${inputs.map((x) => x.id).join(" ")};${length} ${reverse} ${body}`;
}

/** The type of a result, from those of the inputs; a body that does not fit them is an internal error. */
export function loopType(inputs: readonly TensorType[], attributes: Attributes): TensorType {
  const { body, length, constants, carries } = loopOf(attributes);
  const stacked = ({ dtype, shape }: TensorType): TensorType => ({
    dtype,
    shape: [length, ...shape],
  });
  const isSliced = (k: number): boolean => k >= constants + carries;
  const expected = body.arguments.map((t, k) => showType(isSliced(k) ? stacked(t) : t)).join();
  const given = inputs.map(showType).join();
  if (given !== expected) unreachable(`scan: a body of ${expected} is given ${given}`);
  const output = attributes.output as number;
  return output < carries ? body.arguments[constants + output] : stacked(body.outputs[output]);
}

const cheapKinds: ReadonlySet<OpKind> = new Set<OpKind>([
  "literal",
  "scalar",
  "cast",
  "view",
  "reshape",
  "concatenate",
  "iota",
  "randomBits",
  "alias",
]);

/** Whether what a kind computes is computed again rather than kept or passed into a loop: reading it costs about as much. */
export function isCheap(kind: OpKind): boolean {
  return cheapKinds.has(kind);
}

const texts = new WeakMap<Graph, string>();

function textOf(body: Graph): string {
  const text = texts.get(body) ?? printGraph(body);
  texts.set(body, text);
  return text;
}

/** Bodies are read often and hold no values, so the latest are kept. */
function bodyOf(text: string): Graph {
  const body = bodies.get(text) ?? parseGraph(text);
  bodies.delete(text);
  bodies.set(text, body);
  if (bodies.size > bodiesKept) bodies.delete(bodies.keys().next().value!);
  return body;
}
