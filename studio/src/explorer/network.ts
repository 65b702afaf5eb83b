// The textbook picture of a small dense network: columns of units, found in a step's graph as linear layers that follow on
// each other, each with its bias and its activation.

import type { StepTrace, TraceNode } from "chainrule/inspect";

/** A linear layer with what is applied to it. */
export interface DenseLayer {
  readonly weight: number;
  /** The product, the sum with the bias, and the result of the activation; equal where there is none. */
  readonly product: number;
  readonly sum: number;
  readonly output: number;
  readonly units: number;
}

export interface Network {
  readonly input: number;
  readonly inputs: number;
  readonly layers: readonly DenseLayer[];
  /** Rows of the batch. */
  readonly samples: number;
}

/** More are no picture any more. */
const most = { units: 14, edges: 240 } as const;

const activations = new Set([
  "sigmoid",
  "tanh",
  "relu",
  "gelu",
  "silu",
  "elu",
  "softplus",
  "leakyRelu",
  "sin",
  "exp",
]);

/** The network of a step, where it is one and small. */
export function networkOf(trace: StepTrace): Network | undefined {
  const users = usersOf(trace);
  const layers: DenseLayer[] = [];
  let input: TraceNode | undefined;
  for (const node of trace.nodes) {
    const found = linearAt(trace, node);
    if (found === undefined) continue;
    const source = seenBehind(trace, found.input);
    if (layers.length > 0 && source !== layers.at(-1)!.output) return undefined;
    input ??= trace.nodes[source];
    layers.push(layerAt(trace, users, node, found.weight));
  }
  if (input === undefined) return undefined;
  const inputs = input.shape.at(-1) ?? 1;
  const widths = [inputs, ...layers.map(({ units }) => units)];
  const edges = layers.reduce((sum, { units }, k) => sum + units * widths[k], 0);
  if (Math.max(...widths) > most.units || edges > most.edges || input.sampled !== undefined)
    return undefined;
  return { input: input.id, inputs, layers, samples: input.shape.length > 1 ? input.shape[0] : 1 };
}

/** The weight and the input of a product of a linear layer. */
function linearAt(
  { nodes, groups, loss }: StepTrace,
  { id, op, inputs, group, shape }: TraceNode,
): { weight: number; input: number } | undefined {
  if (
    op !== "contract" ||
    id > loss.node ||
    group === undefined ||
    !groups[group].label.startsWith("Linear")
  )
    return undefined;
  const weight = inputs.find(
    (input) => nodes[input].phase === "parameter" && nodes[input].shape.length === 2,
  );
  const input = inputs.find((one) => one !== weight);
  if (weight === undefined || input === undefined || shape.length > 2) return undefined;
  return nodes[weight].shape[0] === shape.at(-1) ? { weight, input } : undefined;
}

function layerAt(
  trace: StepTrace,
  users: ReadonlyMap<number, number[]>,
  product: TraceNode,
  weight: number,
): DenseLayer {
  const next = (id: number): TraceNode | undefined => {
    const found = users.get(id) ?? [];
    return found.length === 1 ? trace.nodes[found[0]] : undefined;
  };
  const sameShape = ({ shape }: TraceNode): boolean => shape.join() === product.shape.join();
  const after = next(product.id);
  const sum =
    after?.op === "add" && after.group === product.group && sameShape(after)
      ? after.id
      : product.id;
  let output = sum;
  for (
    let one = next(output);
    one !== undefined && activations.has(one.op) && sameShape(one);
    one = next(output)
  )
    output = one.id;
  return { weight, product: product.id, sum, output, units: product.shape.at(-1) ?? 1 };
}

/** Behind views that only give a value another shape. */
function seenBehind({ nodes }: StepTrace, id: number): number {
  const { op, inputs } = nodes[id];
  return op === "reshape" ? seenBehind({ nodes } as StepTrace, inputs[0]) : id;
}

function usersOf({ nodes, loss }: StepTrace): Map<number, number[]> {
  const users = new Map<number, number[]>();
  for (const { id, inputs } of nodes) {
    if (id > loss.node) break;
    for (const input of inputs) users.set(input, [...(users.get(input) ?? []), id]);
  }
  return users;
}
