// A traced step that travels: its data and the values of its leaves are enough to build the graph again elsewhere, for
// instance in a page, where every other value is computed anew and every element can be asked about.

import { adjoints } from "../../autodiff/adjoints.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { inOrder } from "../../ir/graph.ts";
import { opNamed, type VjpRule } from "../../ir/op.ts";
import { inRegionOf, type Region, setPath } from "../../ir/region.ts";
import { Slot } from "../../ir/state.ts";
import { Tensor, withValue } from "../../ir/tensor.ts";
import { callOp } from "../../ops/alias.ts";
import { valuesOf } from "./elements.ts";
import type { RecordedStep } from "./recorded.ts";
import type { StepTrace, TraceNode } from "./types.ts";

/** A step as plain data: `TracedStep.store` makes it, `openStep` makes a traced step of it again. */
export interface StoredStep {
  readonly trace: StepTrace;
  /** Values of inputs, state and constants, by number of the node. */
  readonly leaves: ReadonlyMap<number, HostTensor>;
}

/** The values that cannot be computed from others. */
export function leavesOf(nodes: readonly Tensor[]): Map<number, HostTensor> {
  const given = [...nodes.entries()].filter(([, node]) => isGiven(node));
  return new Map(
    given.map(([id, node]) => {
      valuesOf(node);
      return [id, { dtype: node.dtype, shape: node.shape, data: node.value!.slice() }];
    }),
  );
}

function isGiven({ inputs, definition }: Tensor): boolean {
  const { kind } = definition.body;
  return inputs.length === 0 && kind !== "literal" && kind !== "iota";
}

/** Builds the graph of a stored step; `names` are those of inputs and state. Errors: `BAD_FILE`. */
export function rebuild(stored: StoredStep): {
  readonly step: RecordedStep;
  readonly names: readonly (readonly [Tensor, string])[];
} {
  const { trace } = stored;
  if (trace?.format !== "chainrule-trace" || trace.version !== 1) throw notStored();
  const nodes = nodesOf(stored);
  const adjointOf = new Map<Tensor, Tensor>();
  const rules = new Map<Tensor, Tensor>();
  const names: [Tensor, string][] = [];
  const backwards = trace.nodes.toReversed(); // the order in which adjoints are completed
  for (const { id, adjoint, ruleOf, name } of backwards) {
    if (adjoint !== undefined) adjointOf.set(nodes[id], nodes[adjoint]);
    if (ruleOf !== undefined) rules.set(nodes[id], nodes[ruleOf]);
    if (name !== undefined) names.push([nodes[id], name]);
  }
  const phases = new Map(trace.nodes.map(({ id, phase }) => [nodes[id], phase]));
  const contributions = backwards.flatMap(({ id }) => {
    const parts = partsOf(trace, id).map((part) => (part === undefined ? null : nodes[part]));
    if (parts.every((part) => part === null)) return [];
    const cotangent = nodes[id].definition.joint ? undefined : adjointOf.get(nodes[id]);
    return { sweep: trace, node: nodes[id], cotangent, parts, sums: parts };
  });
  const loss = nodes[trace.loss.node];
  const state = stateOf(trace, nodes);
  return {
    step: { loss, nodes, phases, adjoints: adjointOf, contributions, rules, ...state },
    names,
  };
}

function nodesOf({ trace, leaves }: StoredStep): Tensor[] {
  const regions = trace.groups.map(({ label, path }): Region => {
    const owner = {};
    if (path !== undefined) setPath(owner, path);
    return { owner, label };
  });
  const nodes: Tensor[] = [];
  for (const data of trace.nodes) {
    const region = data.group === undefined ? undefined : regions[data.group];
    nodes.push(inRegionOf(region, () => nodeOf(data, trace, nodes, leaves)));
  }
  return nodes;
}

function nodeOf(
  data: TraceNode,
  trace: StepTrace,
  nodes: readonly Tensor[],
  leaves: StoredStep["leaves"],
): Tensor {
  const { id, op, inputs, attributes, shape, dtype } = data;
  const leaf = leaves.get(id);
  const known = opNamed(op);
  if (leaf !== undefined) return withValue(new Tensor(known, [], attributes, data), leaf.data);
  const definition = known === callOp ? { ...known, vjp: recordedRule(data, trace, nodes) } : known;
  return new Tensor(
    definition,
    inputs.map((input) => nodes[input]),
    attributes,
    { shape, dtype },
  );
}

/**
 * The rule of a function with a derivative of its own: the rule itself stays behind, but what it recorded is here, and is
 * linear in the adjoint. Where nothing was recorded, as for calls in the backward pass, the derivative of its body serves.
 */
function recordedRule(data: TraceNode, trace: StepTrace, nodes: readonly Tensor[]): VjpRule {
  const parts = partsOf(trace, data.id);
  return (g, [body, ...inputs]) => {
    if (parts.every((part) => part === undefined)) return [g, ...inputs.map(() => null)];
    const cotangent = nodes[data.adjoint!];
    const through = adjoints(body, g, new Set(inputs)); // for inputs whose gradient nobody wanted
    return [body, ...inputs].map((input, k) => {
      if (k === 0) return null;
      if (parts[k] === undefined) return through.get(input) ?? null;
      return replayed(nodes[parts[k]], cotangent, g);
    });
  };
}

/** The same computation with `g` in the place of `cotangent`. */
function replayed(result: Tensor, cotangent: Tensor, g: Tensor): Tensor {
  const copies = new Map<Tensor, Tensor>([[cotangent, g]]);
  const isEarlier = (x: Tensor): boolean => x.id <= cotangent.id;
  for (const node of inOrder([result], isEarlier)) {
    if (copies.has(node) || !node.inputs.some((x) => copies.has(x))) continue;
    const inputs = node.inputs.map((x) => copies.get(x) ?? x);
    copies.set(node, new Tensor(node.definition, inputs, node.attributes, node));
  }
  return copies.get(result) ?? result;
}

/** Node of what a user handed back to each of its inputs. */
function partsOf(trace: StepTrace, user: number): (number | undefined)[] {
  return trace.nodes[user].inputs.map((id, k) => {
    const found = trace.nodes[id].contributions?.find(
      (given) => given.user === user && given.input === k,
    );
    return found?.part;
  });
}

function stateOf(
  { updates }: StepTrace,
  nodes: readonly Tensor[],
): Pick<RecordedStep, "reads" | "writes"> {
  const reads = new Map<Slot, Tensor>();
  const writes = new Map<Slot, Tensor>();
  for (const { before, after } of updates) {
    const { shape, dtype, value } = nodes[before];
    const slot = new Slot(shape, dtype, value!);
    reads.set(slot, nodes[before]);
    writes.set(slot, nodes[after]);
  }
  return { reads, writes };
}

function notStored(): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "openStep",
    problem: "this is no stored step of version 1",
    fix: "Pass what `TracedStep.store` gave.",
  });
}
