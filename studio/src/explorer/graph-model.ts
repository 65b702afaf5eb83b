// What of a step the graph shows: its forward nodes without those that only carry a value on, and the moments of the step
// in their order. Adjoints are shown at the forward node that they belong to, so that both passes happen in one picture.

import type { StepTrace, TraceNode } from "chainrule/inspect";

/** The nodes of the picture by id, in the order in which they were recorded, and what flows between them. */
export interface ShownGraph {
  readonly nodes: ReadonlyMap<number, TraceNode>;
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** The shown node in which a hidden one is seen; for shown ones themselves. */
  readonly seenIn: (node: number) => number | undefined;
}

/** A moment of the step. */
export type Moment =
  | { readonly kind: "forward" | "loss"; readonly nodes: readonly number[] }
  /** The adjoints of these nodes become known, through the derivative of `through`. */
  | { readonly kind: "backward"; readonly nodes: readonly number[]; readonly through: number }
  | { readonly kind: "update"; readonly nodes: readonly number[]; readonly update: number };

/** Phases of the forward pass. */
const forwardPhases = new Set(["input", "parameter", "forward", "loss"]);

/** Ops that may have the very values of their input. */
const carriers = new Set(["reshape", "broadcast", "permute", "cast", "sum", "mean", "max"]);

/** Chooses nodes and edges. */
export function graphOf(trace: StepTrace): ShownGraph {
  const shown = trace.nodes.filter((node) => isShown(trace, node));
  const nodes = new Map(shown.map((node) => [node.id, node]));
  const behind = sourcesBehind(trace, nodes);
  const edges = shown.flatMap(({ id, inputs }) =>
    [...new Set(inputs.map((input) => behind[input]))]
      .filter((from) => from !== undefined)
      .map((from): [number, number] => [from, id]),
  );
  return { nodes, edges, seenIn: (node) => behind[node] };
}

/** Whether a node is a leaf, whose value is given. */
export function isGiven({ phase }: TraceNode): boolean {
  return phase === "input" || phase === "parameter";
}

function isShown(trace: StepTrace, node: TraceNode): boolean {
  if (!forwardPhases.has(node.phase) || node.id > trace.loss.node) return false;
  return node.id === trace.loss.node || !carriesOn(trace, node);
}

/** Whether a node only hands on its one input: the very same values, a parameter in another shape, or a constant. */
function carriesOn({ nodes }: StepTrace, node: TraceNode): boolean {
  const inputs = node.inputs.filter((input) => nodes[input].phase !== "constant");
  if (inputs.length > 1 || node.phase !== "forward" || !carriers.has(node.op)) return false;
  if (inputs.length === 0) return true;
  const [input] = inputs.map((id) => nodes[id]);
  const moves = node.op === "broadcast" || node.op === "reshape" || node.op === "cast";
  if (moves && (input.phase === "parameter" || carriesOn({ nodes } as StepTrace, input)))
    return true;
  const { values } = input;
  return values.length === node.values.length && values.every((x, k) => x === node.values[k]);
}

/** For each node the shown node that its value comes from; undefined for constants. */
function sourcesBehind(
  { nodes, loss }: StepTrace,
  shown: ReadonlyMap<number, TraceNode>,
): (number | undefined)[] {
  const behind: (number | undefined)[] = [];
  for (const { id, inputs } of nodes) {
    if (id > loss.node) break;
    behind[id] = shown.has(id)
      ? id
      : inputs.map((x) => behind[x]).find((from) => from !== undefined);
  }
  return behind;
}

/** The moments of a step: each op forwards, the loss, each derivative backwards, each update. */
export function momentsOf(trace: StepTrace, { nodes }: ShownGraph): Moment[] {
  const forward = [...nodes.values()].filter(({ phase }) => phase === "forward");
  const moments: Moment[] = forward.map(({ id }) => ({ kind: "forward", nodes: [id] }));
  moments.push({ kind: "loss", nodes: [trace.loss.node] });
  for (const [through, targets] of backwardSteps(trace, nodes)) {
    moments.push({ kind: "backward", nodes: targets, through });
  }
  for (const [update, { before }] of trace.updates.entries()) {
    if (nodes.has(before)) moments.push({ kind: "update", nodes: [before], update });
  }
  return moments;
}

/** Which adjoints each derivative completes, in the order of the backward pass: from the loss to the inputs. */
function backwardSteps(
  trace: StepTrace,
  shown: ReadonlyMap<number, TraceNode>,
): [number, number[]][] {
  const through = shownUsers(trace, shown);
  const steps = new Map<number, number[]>();
  for (const { id, contributions } of trace.nodes) {
    if (!shown.has(id) || contributions === undefined || contributions.length === 0) continue;
    // The last user to hand something back completes the sum: the one recorded first.
    const last = Math.min(...contributions.map(({ user }) => through[user] ?? user));
    steps.set(last, [...(steps.get(last) ?? []), id]);
  }
  return [...steps].sort(([a], [b]) => b - a);
}

/** For each node the shown node through which its influence goes on: itself, or a user's. */
function shownUsers(
  { nodes, loss }: StepTrace,
  shown: ReadonlyMap<number, TraceNode>,
): (number | undefined)[] {
  const through: (number | undefined)[] = [];
  for (let id = loss.node; id >= 0; id--) {
    if (shown.has(id)) through[id] = id;
    for (const input of nodes[id].inputs) if (!shown.has(input)) through[input] = through[id];
  }
  return through;
}
