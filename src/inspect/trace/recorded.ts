// Recording one step as graph, without doing it: which nodes are forward, loss, backward and update, what each layer call
// recorded, and what was added up to each adjoint. Values are computed in parts of a few nodes, each of which is a result of
// its program: what is shown of a node is what the graph says there.

import { type Contribution, observeAdjoints } from "../../autodiff/adjoints.ts";
import { type HostArray, hostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { giveBack } from "../../core/give-back.ts";
import { engine } from "../../ir/engine.ts";
import { inOrder } from "../../ir/graph.ts";
import { Recording } from "../../ir/recording.ts";
import { Parameter, type Slot } from "../../ir/state.ts";
import { Tensor, withValue } from "../../ir/tensor.ts";
import { type DrawSource, recordInto } from "../../ir/trace.ts";
import { literalValue } from "../../ops/operand.ts";
import { Generator } from "../../ops/random.ts";
import type { TracePhase } from "./types.ts";

/** A step as it was recorded, with all values. */
export interface RecordedStep {
  readonly loss: Tensor;
  /** All nodes, inputs before users. */
  readonly nodes: readonly Tensor[];
  readonly phases: ReadonlyMap<Tensor, TracePhase>;
  /** The adjoint of each forward node that has one. */
  readonly adjoints: ReadonlyMap<Tensor, Tensor>;
  readonly contributions: readonly Contribution[];
  /** The forward node whose rule recorded a backward node. */
  readonly rules: ReadonlyMap<Tensor, Tensor>;
  readonly reads: ReadonlyMap<Slot, Tensor>;
  readonly writes: ReadonlyMap<Slot, Tensor>;
}

/**
 * Records what `step` does with `inputs` and computes every node, of which `look` is told once its value is known. State is
 * read, and left as it is.
 */
export function recordStep(
  step: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  look: (node: Tensor) => void,
): RecordedStep {
  const recording = new Recording();
  const seen: Contribution[] = [];
  const result = recordInto(recording, () =>
    observeAdjoints(
      (contribution) => seen.push(contribution),
      () => step(...inputs),
    ),
  );
  const loss = checkLoss(result);
  for (const [slot, leaf] of recording.reads) withValue(leaf, slot.fetch());
  for (const [leaf, source] of recording.draws) withValue(leaf, peek(source));
  const sweep = seen.findLast(({ node }) => node === loss)?.sweep;
  const contributions = seen.filter((contribution) => contribution.sweep === sweep);
  const adjoints = adjointsIn(contributions);
  const roots = [loss, ...adjoints.values(), ...recording.writes.values(), ...inputs];
  const nodes = inOrder(roots).toSorted((a, b) => a.id - b.id);
  computeAll(nodes, look);
  const phases = phasesOf(loss, nodes, adjoints, new Set(inputs));
  const rules = rulesIn(contributions, phases);
  const { reads, writes } = recording;
  return { loss, nodes, phases, adjoints, contributions, rules, reads, writes };
}

/** Computes nodes in order. Large values are let go of after their last user, so that a step needs little more memory than a plan. */
export function computeAll(nodes: readonly Tensor[], look: (node: Tensor) => void): void {
  const lastUser = new Map<Tensor, number>();
  for (const [k, node] of nodes.entries())
    for (const x of [node, ...node.inputs]) lastUser.set(x, k);
  const own = new Set(unknownOf(nodes));
  for (let from = 0; from < nodes.length; ) {
    const to = endOfPart(nodes, from);
    const part = nodes.slice(from, to);
    for (const node of part) node.value ??= handedOn(node);
    engine().readSync(part);
    for (const node of part) look(node);
    const done = part.flatMap((node) => [node, ...node.inputs]);
    letGo(
      done.filter((x) => own.has(x) && lastUser.get(x)! < to),
      nodes,
    );
    from = to;
  }
}

/** Nodes and elements that are computed by one program. */
const most = { nodes: 16, elements: 2 ** 20 };

/** Where a part ends that begins at `from`: with its layer at the latest, so that layers that are alike share programs. */
function endOfPart(nodes: readonly Tensor[], from: number): number {
  let [to, elements] = [from + 1, nodes[from].size];
  while (
    to < nodes.length &&
    to - from < most.nodes &&
    nodes[to].region === nodes[from].region &&
    elements + nodes[to].size <= most.elements
  ) {
    elements += nodes[to].size;
    to++;
  }
  return to;
}

/** Values for which no program need be compiled: numbers, one element seen many times, and another shape or name of the same. */
function handedOn(node: Tensor): HostArray | null {
  const { definition, inputs, attributes, dtype, size } = node;
  const { body } = definition;
  if (body.kind === "literal") return hostArray(dtype, size).fill(literalValue(attributes));
  const [x] = inputs;
  if (x === undefined || x.value === null) return null;
  if (body.kind === "reshape" || body.kind === "alias") return x.value;
  const isOneSeen =
    body.kind === "view" && x.size === 1 && body.view(x, node, attributes).fill === undefined;
  return isOneSeen ? hostArray(dtype, size).fill(x.value[0]) : null;
}

/** Elements of which a node keeps its value; those of larger nodes are computed again when they are asked for. */
const kept = 16_384;

/** The nodes without a value: what is computed for them is nobody else's, while others may be held by who made them. */
export function unknownOf(nodes: readonly Tensor[]): Tensor[] {
  return nodes.filter(({ value }) => value === null);
}

/** Forgets the values of nodes that are large and can be computed again; `all` are those that may share their memory. */
export function letGo(nodes: readonly Tensor[], all: readonly Tensor[]): void {
  const gone = new Set<ArrayBufferLike>();
  for (const node of nodes) {
    if (node.value === null || node.inputs.length === 0 || node.size <= kept) continue;
    gone.add(node.value.buffer);
    node.value = null;
  }
  if (gone.size === 0) return;
  for (const { value } of all) if (value !== null) gone.delete(value.buffer);
  for (const buffer of gone) giveBack(buffer);
}

/** The words of the next draw; a generator is put back to where it was. */
function peek(source: DrawSource): Int32Array {
  const before = source instanceof Generator ? source.state : undefined;
  const words = Int32Array.from(source.next());
  if (before !== undefined) (source as Generator).restore(before);
  return words;
}

/** Adjoint by forward node: what it has after its last contribution. */
function adjointsIn(contributions: readonly Contribution[]): Map<Tensor, Tensor> {
  const adjoints = new Map<Tensor, Tensor>();
  for (const { node, cotangent, sums } of contributions) {
    if (cotangent !== undefined && !adjoints.has(node)) adjoints.set(node, cotangent);
    for (const [k, sum] of sums.entries()) if (sum !== null) adjoints.set(node.inputs[k], sum);
  }
  return adjoints;
}

/** Which rule recorded each backward node: the first contribution that needs it. */
function rulesIn(
  contributions: readonly Contribution[],
  phases: ReadonlyMap<Tensor, TracePhase>,
): Map<Tensor, Tensor> {
  const rules = new Map<Tensor, Tensor>();
  for (const { node, cotangent, parts, sums } of contributions) {
    const results = [...parts, ...sums].filter((part) => part !== null);
    const isOthers = (x: Tensor): boolean =>
      rules.has(x) || x === cotangent || phases.get(x) !== "backward";
    for (const x of inOrder(results, isOthers)) if (!isOthers(x)) rules.set(x, node);
  }
  return rules;
}

/** What each node is for: the loss rests on the forward nodes, adjoints on the backward ones, and the rest updates. */
function phasesOf(
  loss: Tensor,
  nodes: readonly Tensor[],
  adjoints: ReadonlyMap<Tensor, Tensor>,
  inputs: ReadonlySet<Tensor>,
): Map<Tensor, TracePhase> {
  const forward = new Set(inOrder([loss]));
  const backward = new Set(inOrder([...adjoints.values()]));
  const phaseOf = (node: Tensor): TracePhase => {
    if (inputs.has(node)) return "input";
    if (node.slot?.owner instanceof Parameter && node.inputs.length === 0) return "parameter";
    if (node.slot !== null && node.inputs.length === 0) return "state";
    if (node === loss) return "loss";
    if (forward.has(node)) return node.inputs.length === 0 ? "constant" : "forward";
    if (backward.has(node)) return "backward";
    return node.inputs.length === 0 ? "constant" : "update";
  };
  return new Map(nodes.map((node) => [node, phaseOf(node)]));
}

function checkLoss(result: unknown): Tensor {
  if (result instanceof Tensor && result.size === 1) return result.node;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "trace",
    problem: `needs a step that returns the loss, a scalar tensor; received ${showValue(result)}`,
    fix: "Write trace((x, y) => { …; optimizer.step(loss.backward()); return loss; }, [x, y]).",
  });
}
