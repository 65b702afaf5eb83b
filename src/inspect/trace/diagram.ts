// A step's forward graph as text for diagram programs: Mermaid, which Markdown pages draw, and Graphviz. Nodes of one layer
// call stand in one box, and each carries its value's range and, where there is one, its adjoint's.

import type { StepTrace, TraceNode, TraceStatistics } from "./types.ts";

/** The forward graph in Mermaid's flowchart language. */
export function mermaid(trace: StepTrace): string {
  const lines = ["flowchart TD"];
  const box = (group: number | undefined, indent: string): void => {
    for (const node of forwardIn(trace, group))
      lines.push(`${indent}n${node.id}["${mermaidText(labelOf(node, trace))}"]`);
    for (const { id, label, path } of trace.groups.filter(({ parent }) => parent === group)) {
      if (!hasForward(trace, id)) continue;
      lines.push(
        `${indent}subgraph g${id}["${mermaidText([path ?? "", label].join(" ").trim())}"]`,
      );
      box(id, `${indent}  `);
      lines.push(`${indent}end`);
    }
  };
  box(undefined, "  ");
  for (const [from, to] of edgesOf(trace)) lines.push(`  n${from} --> n${to}`);
  return `${lines.join("\n")}\n`;
}

/** The forward graph in Graphviz' DOT language. */
export function graphviz(trace: StepTrace): string {
  const lines = ["digraph step {", "  node [shape=box, style=rounded];"];
  const box = (group: number | undefined, indent: string): void => {
    for (const node of forwardIn(trace, group))
      lines.push(`${indent}n${node.id} [label=${quoted(labelOf(node, trace))}];`);
    for (const { id, label, path } of trace.groups.filter(({ parent }) => parent === group)) {
      if (!hasForward(trace, id)) continue;
      lines.push(`${indent}subgraph cluster_${id} {`);
      lines.push(`${indent}  label=${quoted([path ?? "", label].join(" ").trim())};`);
      box(id, `${indent}  `);
      lines.push(`${indent}}`);
    }
  };
  box(undefined, "  ");
  for (const [from, to] of edgesOf(trace)) lines.push(`  n${from} -> n${to};`);
  return `${[...lines, "}"].join("\n")}\n`;
}

const forwardPhases = ["input", "parameter", "state", "constant", "forward", "loss"];

function isForward(trace: StepTrace, node: TraceNode): boolean {
  return forwardPhases.includes(node.phase) && node.id <= trace.loss.node;
}

function forwardIn(trace: StepTrace, group: number | undefined): TraceNode[] {
  return trace.nodes.filter((node) => node.group === group && isForward(trace, node));
}

/** Whether the group, or one inside it, has a forward node. */
function hasForward(trace: StepTrace, group: number): boolean {
  const inner = trace.groups.filter(({ parent }) => parent === group);
  return forwardIn(trace, group).length > 0 || inner.some(({ id }) => hasForward(trace, id));
}

function edgesOf(trace: StepTrace): [from: number, to: number][] {
  const forward = trace.nodes.filter((node) => isForward(trace, node));
  return forward.flatMap(({ id, inputs }) => inputs.map((input): [number, number] => [input, id]));
}

/** `sigmoid [1, 3]`, its name, its values and its adjoint, a line each. */
function labelOf(
  { op, name, shape, statistics, adjoint }: TraceNode,
  { nodes }: StepTrace,
): string {
  const what = name === undefined ? op : name;
  const lines = [`${what} [${shape.join(", ")}]`, rangeText(statistics)];
  if (adjoint !== undefined) lines.push(`∂L ${rangeText(nodes[adjoint].statistics)}`);
  return lines.join("\n");
}

function rangeText({ min, max }: TraceStatistics): string {
  const short = (x: number): string => String(Number(x.toPrecision(3)));
  return min === max ? short(min) : `${short(min)} … ${short(max)}`;
}

/** Text inside a Mermaid label: quotes and angle brackets as entities, lines by <br/>. */
function mermaidText(text: string): string {
  const entities: Readonly<Record<string, string>> = { '"': "#quot;", "<": "#lt;", ">": "#gt;" };
  return text.replace(/["<>]/g, (sign) => entities[sign]).replaceAll("\n", "<br/>");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
