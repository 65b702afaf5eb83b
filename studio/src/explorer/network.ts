// The textbook picture of dense layers: columns of units. Linear layers that follow on each other, each with its bias and its
// activation, are one network; a small model is one as a whole, and a large one has some inside.

import type { StepTrace, TraceNode } from "chainrule/inspect";

/** A linear layer with what is applied to it. */
export interface DenseLayer {
  readonly weight: number;
  /** The product, the sum with the bias, and the result of the activation; equal where there is none. */
  readonly product: number;
  readonly sum: number;
  readonly output: number;
  readonly inputs: number;
  readonly units: number;
}

export interface Network {
  /** The same for the same layers of another iteration. */
  readonly key: string;
  readonly input: number;
  readonly layers: readonly DenseLayer[];
  /** Rows of the batch: what a layer is applied to, one after the other. */
  readonly samples: number;
  /** Whether no layer comes between it and the loss. */
  readonly isLast: boolean;
}

/** Weights of a layer that a picture can be made of. */
const mostWeights = 2 ** 20;

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

/** The networks of a step, in its order. */
export function networksOf(trace: StepTrace): Network[] {
  const users = usersOf(trace);
  const rows: { readonly input: number; readonly layers: DenseLayer[] }[] = [];
  for (const node of trace.nodes) {
    const found = linearAt(trace, node);
    if (found === undefined) continue;
    const input = seenBehind(trace, found.input);
    const layer = layerAt(trace, users, node, found.weight);
    const before = rows.find(({ layers }) => layers.at(-1)!.output === input);
    if (before === undefined) rows.push({ input, layers: [layer] });
    else before.layers.push(layer);
  }
  return rows.map(({ input, layers }) => networkWith(trace, input, layers));
}

/** The part of a network whose products are among these nodes; all of it where they are all of its. */
export function partOf(
  trace: StepTrace,
  { input, layers }: Network,
  nodes: ReadonlySet<number>,
): Network | undefined {
  const first = layers.findIndex(({ product }) => nodes.has(product));
  if (first < 0) return undefined;
  const after = layers.findIndex(({ product }, k) => k > first && !nodes.has(product));
  const from = first === 0 ? input : layers[first - 1].output;
  return networkWith(trace, from, layers.slice(first, after < 0 ? undefined : after));
}

function networkWith(trace: StepTrace, input: number, layers: readonly DenseLayer[]): Network {
  const { nodes, loss } = trace;
  const [{ product, units }, { output }] = [layers[0], layers.at(-1)!];
  const isLast = !nodes.some(
    ({ id, inputs }) =>
      id > output && id <= loss.node && inputs.some((one) => nodes[one].phase === "parameter"),
  );
  return {
    key: `${product} ${output}`,
    ...{ input, layers, isLast },
    samples: sizeOf(nodes[product]) / units,
  };
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
  if (weight === undefined || input === undefined || sizeOf(nodes[weight]) > mostWeights)
    return undefined;
  const [units, width] = nodes[weight].shape;
  return units === shape.at(-1) && width === nodes[input].shape.at(-1)
    ? { weight, input }
    : undefined;
}

function layerAt(
  trace: StepTrace,
  users: ReadonlyMap<number, number[]>,
  product: TraceNode,
  weight: number,
): DenseLayer {
  const next = (id: number): TraceNode | undefined => {
    const found = (users.get(id) ?? []).map((user) => trace.nodes[user]);
    return found.length === 1 ? found[0] : found.find((node) => isCallOf(node, id));
  };
  const sameShape = ({ shape }: TraceNode): boolean => shape.join() === product.shape.join();
  const after = next(product.id);
  const sum =
    after?.op === "add" && after.group === product.group && sameShape(after)
      ? after.id
      : product.id;
  let output = sum;
  for (let one = next(output); one !== undefined && isActivation(one) && sameShape(one); ) {
    output = one.id;
    one = next(output);
  }
  const [units, inputs] = trace.nodes[weight].shape;
  return { weight, product: product.id, sum, output, inputs, units };
}

function isActivation({ op, attributes }: TraceNode): boolean {
  return activations.has(op === "call" ? String(attributes.name) : op);
}

/** Whether a node is a function with a derivative of its own, of a node that its inner ops use too. */
function isCallOf({ op, inputs: [, ...given] }: TraceNode, id: number): boolean {
  return op === "call" && given.includes(id);
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

function sizeOf({ shape }: TraceNode): number {
  return shape.reduce((size, length) => size * length, 1);
}
