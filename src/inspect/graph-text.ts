// The graph behind tensors as text: what was recorded, before any simplification.

import { adjointOf } from "../autodiff/adjoints.ts";
import { inOrder } from "../ir/graph.ts";
import { showAttributes, showType } from "../ir/print.ts";
import { describeRegion, type Region } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Prints the graph that tensors rest on, a line per node; nodes of one layer call stand under its name, and adjoints say whose they are. */
export function graphText(...tensors: readonly Tensor[]): string {
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  let region: Region | undefined;
  for (const tensor of inOrder(tensors.map((t) => t.node))) {
    names.set(tensor, `%${names.size}`);
    if (tensor.region !== region)
      lines.push(`# ${describeRegion(tensor.region) ?? "outside layers"}`);
    region = tensor.region;
    lines.push(lineOf(tensor, names));
  }
  return `${lines.join("\n")}\n`;
}

function lineOf(tensor: Tensor, names: ReadonlyMap<Tensor, string>): string {
  const inputs = tensor.inputs.map((x) => names.get(x));
  const attributes = showAttributes(tensor.attributes);
  const call = [tensor.definition.name, ...inputs, ...(attributes === "{}" ? [] : [attributes])];
  const origin = adjointOf(tensor);
  const note =
    origin === undefined ? "" : `  # adjoint of ${names.get(origin) ?? origin.definition.name}`;
  return `${names.get(tensor)} = ${call.join(" ")} : ${showType(tensor)}${note}`;
}
