// The text form of a graph: one line per tensor, inputs before users, numbered in order of appearance. The text of one
// graph is always the same, and `parse.ts` reads it back.

import { showShape } from "../core/shape.ts";
import { type Graph, inOrder, rootsOf } from "./graph.ts";
import type { Attribute, Attributes, TensorType } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** Prints a graph: `graph`, a line per tensor, `return` with the outputs, a `write` per written argument. */
export function printGraph(graph: Graph): string {
  const opaque = new Set(graph.arguments);
  const names = new Map<Tensor, string>();
  const lines = ["graph"];
  const name = (tensor: Tensor): string => names.get(tensor)!;
  const define = (tensor: Tensor, text: string): void => {
    names.set(tensor, `%${names.size}`);
    lines.push(`  ${name(tensor)} = ${text} : ${showType(tensor)}`);
  };
  for (const argument of opaque) define(argument, "argument");
  for (const tensor of inOrder(rootsOf(graph), (t) => opaque.has(t))) {
    if (!opaque.has(tensor)) define(tensor, showCall(tensor, tensor.inputs.map(name)));
  }
  if (graph.outputs.length > 0) lines.push(`  return ${graph.outputs.map(name).join(", ")}`);
  for (const write of graph.writes) {
    lines.push(`  write ${name(graph.arguments[write.argument])} <- ${name(write.value)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Text of a type, `float32[2, 3]`. */
export function showType({ dtype, shape }: TensorType): string {
  return `${dtype}${showShape(shape)}`;
}

/** Text of attributes: JSON with sorted keys; the same attributes always give the same text. */
export function showAttributes(attributes: Attributes): string {
  return showAttribute(attributes);
}

function showCall(tensor: Tensor, inputs: readonly string[]): string {
  const attributes = showAttributes(tensor.attributes);
  return [tensor.definition.name, ...inputs, ...(attributes === "{}" ? [] : [attributes])].join(
    " ",
  );
}

function showAttribute(value: Attribute): string {
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(showAttribute).join(",")}]`;
  const entries = Object.entries(value as Attributes).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${showAttribute(item)}`).join(",")}}`;
}
