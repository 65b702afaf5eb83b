// Pass: one loop computes all results that are wanted of it. Loops over the same inputs whose carries are equal are one;
// the derivative asks for more of a loop than the function did. What no wanted result needs goes: stacks, carries that
// are only computed from each other, inputs.

import { type Graph, inOrder, rewrite, rootsOf } from "../../ir/graph.ts";
import { type Loop, loopAttributes, loopOf } from "../../ir/scan.ts";
import { recordAgain } from "../../ir/section.ts";
import { Tensor } from "../../ir/tensor.ts";
import { shared } from "./cse.ts";
import { withInputs } from "./make.ts";

export function mergeScans(graph: Graph): Graph {
  const opaque = new Set(graph.arguments);
  const order = inOrder(rootsOf(graph), (t) => opaque.has(t));
  const scans = order.filter((t) => !opaque.has(t) && t.definition.body.kind === "scan");
  if (scans.length === 0) return graph;
  const merged = new Map<Tensor, Merged>();
  for (const nodes of alike(scans)) for (const group of mergeable(nodes)) prune(group, merged);
  return rewrite(graph, (t, inputs) => {
    const found = merged.get(t);
    if (found === undefined) return withInputs(t, inputs);
    const { loop, output, kept } = found;
    const now = kept.map((k) => inputs[k]);
    return new Tensor(t.definition, now, loopAttributes(loop, output), t);
  });
}

/** What a node becomes: a result of another loop, on some of its inputs. */
interface Merged {
  readonly loop: Loop;
  readonly output: number;
  readonly kept: readonly number[];
}

/** Nodes of loops that begin with the same and go the same way. */
function alike(scans: readonly Tensor[]): Tensor[][] {
  const groups = new Map<string, Tensor[]>();
  for (const t of scans) {
    const { length, reverse, constants, carries } = t.attributes;
    const ids = t.inputs.map((x) => x.id).join(" ");
    const key = `${ids};${length} ${reverse} ${constants} ${carries}`;
    groups.set(key, [...(groups.get(key) ?? []), t]);
  }
  return [...groups.values()];
}

/** Results of one loop, each with the tensor of the body that it is. */
interface Group {
  readonly loop: Loop;
  readonly results: Map<Tensor, { readonly output: number; readonly value: Tensor }>;
}

/** Joins nodes whose carries are computed alike. */
function mergeable(nodes: readonly Tensor[]): Group[] {
  const loops = nodes.map(({ attributes }) => loopOf(attributes));
  const [first] = loops;
  const distinct = [...new Set(loops.map(({ body }) => body))];
  const outputs = sharedOutputs(distinct, first.body.arguments);
  const groups = new Map<string, Group>();
  nodes.forEach((t, k) => {
    const mine = outputs[distinct.indexOf(loops[k].body)];
    const key = mine
      .slice(0, first.carries)
      .map((x) => x.id)
      .join(" ");
    const body = {
      arguments: first.body.arguments,
      outputs: mine.slice(0, first.carries),
      writes: [],
    };
    const group = groups.get(key) ?? { loop: { ...first, body }, results: new Map() };
    groups.set(key, group);
    const output = t.attributes.output as number;
    group.results.set(t, { output, value: mine[output] });
  });
  return [...groups.values()];
}

/** The outputs of bodies over the same arguments, in which equal tensors are one. */
function sharedOutputs(bodies: readonly Graph[], args: readonly Tensor[]): Tensor[][] {
  const outputs = bodies.flatMap((body) =>
    recordAgain(body.outputs, new Map(body.arguments.map((t, k) => [t, args[k]]))),
  );
  const one = rewrite({ arguments: args, outputs, writes: [] }, shared());
  const counts = bodies.map((body) => body.outputs.length);
  const starts = counts.map((_, k) => counts.slice(0, k).reduce((a, b) => a + b, 0));
  return starts.map((start, k) => one.outputs.slice(start, start + counts[k]));
}

/** Keeps what the results need. */
function prune({ loop, results }: Group, merged: Map<Tensor, Merged>): void {
  const { body, constants, carries } = loop;
  const stacks = [
    ...new Set([...results.values()].flatMap((r) => (r.output < carries ? [] : [r.value]))),
  ];
  const needed = new Set(
    [...results.values()].flatMap((r) => (r.output < carries ? [r.output] : [])),
  );
  let used = new Set<Tensor>();
  for (let before = -1; before < needed.size; ) {
    before = needed.size;
    const roots = [...stacks, ...[...needed].map((k) => body.outputs[k])];
    used = new Set(inOrder(roots));
    for (let k = 0; k < carries; k++) if (used.has(body.arguments[constants + k])) needed.add(k);
  }
  const isKept = (k: number): boolean => {
    const carry = k - constants;
    return carry >= 0 && carry < carries ? needed.has(carry) : used.has(body.arguments[k]);
  };
  const kept = [...body.arguments.keys()].filter(isKept);
  const keptCarries = [...needed].sort((a, b) => a - b);
  const now: Loop = {
    ...loop,
    constants: kept.filter((k) => k < constants).length,
    carries: keptCarries.length,
    body: {
      arguments: kept.map((k) => body.arguments[k]),
      outputs: [...keptCarries.map((k) => body.outputs[k]), ...stacks],
      writes: [],
    },
  };
  for (const [t, { output, value }] of results) {
    const place =
      output < carries ? keptCarries.indexOf(output) : keptCarries.length + stacks.indexOf(value);
    merged.set(t, { loop: now, output: place, kept });
  }
}
