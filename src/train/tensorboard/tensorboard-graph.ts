// A model as TensorBoard's graph dashboard draws it: a `GraphDef` whose nodes are the recorded ops, named by the path of the
// layer that recorded them, with the shapes of what flows between them.

import { PbfWriter } from "pbf";
import type { Shape } from "../../core/shape.ts";
import { argumentLeaf } from "../../ir/argument.ts";
import { inOrder } from "../../ir/graph.ts";
import { showAttributes } from "../../ir/print.ts";
import { Recording } from "../../ir/recording.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { recordInto } from "../../ir/trace.ts";
import type { Layer } from "../../nn/layer.ts";
import { walk } from "../../nn/walk.ts";
import { writeShape } from "./tensorboard-events.ts";

/** What goes into a model: the shape with the batch axis, and its element type. */
export interface GraphInput {
  readonly shape: Shape;
  /** Default float32. */
  readonly dtype?: Tensor["dtype"];
}

/** One op of the graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly type: string;
  readonly shape: Shape;
  readonly attributes: string;
}

/** The ops of a model's forward pass, inputs before users. */
export function graphNodes(model: Layer, ...inputs: readonly GraphInput[]): GraphNode[] {
  const leaves = inputs.map(({ shape, dtype = "float32" }) => argumentLeaf({ shape, dtype }));
  const forward = model.forward as (...given: unknown[]) => unknown;
  const recorded = recordInto(new Recording(), () => forward.apply(model, leaves));
  const outputs = tensorsOf(recorded);
  const nameOf = naming(model, leaves);
  const names = new Map<Tensor, string>();
  const nodes: GraphNode[] = [];
  for (const tensor of inOrder(outputs)) {
    const [name, op] = nameOf(tensor);
    names.set(tensor, name);
    const { shape, dtype: type, attributes } = tensor;
    const from = tensor.inputs.map((input) => names.get(input)!);
    nodes.push({ name, op, inputs: from, type, shape, attributes: showAttributes(attributes) });
  }
  outputs.forEach(({ shape, dtype: type }, k) => {
    const name = outputs.length === 1 ? "output" : `output_${k}`;
    const inputs = [names.get(outputs[k])!];
    nodes.push({ name, op: "Identity", inputs, type, shape, attributes: "{}" });
  });
  return nodes;
}

/** A `GraphDef`. */
export function graphDef(nodes: readonly GraphNode[]): Uint8Array {
  const pbf = new PbfWriter();
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeMessage(4, (_, versions) => versions.writeVarintField(1, 22), null);
  return pbf.finish();
}

function writeNode(node: GraphNode, pbf: PbfWriter): void {
  pbf.writeStringField(1, node.name);
  pbf.writeStringField(2, node.op);
  for (const input of node.inputs) pbf.writeStringField(3, input);
  writeAttribute(pbf, "_output_shapes", (value) =>
    value.writeMessage(1, (_, list) => list.writeMessage(7, writeShape, node.shape), null),
  );
  const texts = { dtype: node.type, ...(node.attributes === "{}" ? {} : { is: node.attributes }) };
  for (const [name, text] of Object.entries(texts)) {
    writeAttribute(pbf, name, (value) => value.writeBytesField(2, new TextEncoder().encode(text)));
  }
}

/** An entry of `map<string, AttrValue>`. */
function writeAttribute(pbf: PbfWriter, name: string, write: (value: PbfWriter) => void): void {
  const writeEntry = (_: unknown, entry: PbfWriter): void => {
    entry.writeStringField(1, name);
    entry.writeMessage(2, (_, value) => write(value), null);
  };
  pbf.writeMessage(5, writeEntry, null);
}

/** Gives each tensor a name of its own, with its layer's path in front, and the kind of node it is. */
function naming(model: Layer, leaves: readonly Tensor[]): (t: Tensor) => [string, string] {
  const { owners, state } = walk(model);
  const pathOf = new Map([...owners].map(([path, owner]) => [owner, path]));
  const slots = new Map([...state].map(([path, { slot }]) => [slot, path]));
  const used = new Map<string, number>();
  const unique = (name: string): string => {
    const before = used.get(name) ?? 0;
    used.set(name, before + 1);
    return before === 0 ? name : `${name}_${before}`;
  };
  return (tensor) => {
    const argument = leaves.indexOf(tensor);
    if (argument >= 0) {
      return [unique(leaves.length === 1 ? "input" : `input_${argument}`), "Placeholder"];
    }
    const stored = tensor.slot === null ? undefined : slots.get(tensor.slot);
    if (stored !== undefined && tensor.inputs.length === 0)
      return [unique(scoped(stored)), "Parameter"];
    const { name } = tensor.definition;
    const path = tensor.region === undefined ? "" : (pathOf.get(tensor.region.owner) ?? "");
    return [unique(path === "" ? name : `${scoped(path)}/${name}`), name];
  };
}

/** `layers.0.weight` as TensorBoard's scopes; other characters than it takes become `_`. */
function scoped(path: string): string {
  return path.replaceAll(".", "/").replaceAll(/[^\w/.-]/g, "_");
}

function tensorsOf(value: unknown): Tensor[] {
  if (typeof value !== "object" || value === null) return [];
  if ("definition" in value) return [(value as Tensor).node];
  return Object.values(value).flatMap(tensorsOf);
}
