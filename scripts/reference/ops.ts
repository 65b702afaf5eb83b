// The page of ops: what each computes, its formula and local derivatives, how its shapes follow, and what it refuses; all of
// it from the definitions.

import "../../src/index.ts";
import {
  allOps,
  type Example,
  type OpDefinition,
  type OpKind,
  type Sample,
} from "../../src/ir/op.ts";
import { anchor } from "./entries.ts";

/** Kinds with a title, in reading order. */
const kinds: Readonly<Record<OpKind, string>> = {
  scalar: "Scalar functions",
  cast: "Conversion",
  view: "Views",
  reshape: "Reshape",
  concatenate: "Joining",
  reduce: "Reductions",
  contract: "Contraction",
  gather: "Reading by index",
  scatterAdd: "Writing by index",
  iota: "Coordinates",
  randomBits: "Random bits",
  literal: "Numbers",
  host: "Sorting and linear algebra",
  alias: "Values under another derivative",
  scan: "Loops",
  barrier: "Recomputation",
  leaf: "Leaves",
};

/** Text of the page; `functions` are the names of public functions. */
export function opsPage(functions: ReadonlySet<string>): string {
  const ops = [...allOps()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  const groups = Object.entries(kinds).map(([kind, title]) => ({
    title,
    items: ops.filter((op) => op.body.kind === kind),
  }));
  const rows = groups.map(({ title, items }) => {
    const links = items.map(({ name }) => `[${name}](#${anchor(name)})`);
    return `| **${title}** | ${links.join(" · ")} |`;
  });
  return [
    `# Ops

A graph's nodes. Each op is defined once, in \`src/ops\` or beside the layer that needs it; functions are made of these.
Derivatives are local: of the output y with respect to each operand, x, or a, b, …. Shapes and attributes are those of the
samples that the tests run; scalar functions work element by element on operands of one shape. Passes and targets ask an op's kind and never its name.
`,
    `| | |\n|---|---|\n${rows.join("\n")}\n`,
    ...groups.map(
      ({ title, items }) =>
        `## ${title}\n\n${items.map((op) => opEntry(op, functions)).join("\n")}`,
    ),
  ].join("\n");
}

function opEntry(op: OpDefinition, functions: ReadonlySet<string>): string {
  const lines = [
    `### ${op.name}`,
    op.doc,
    math(op),
    facts(op),
    functions.has(op.name) ? `<sub>[function](functions.md#${op.name.toLowerCase()})</sub>` : "",
  ];
  return `${lines.filter((line) => line !== "").join("\n\n")}\n`;
}

/** The formula, and one derivative for each operand. */
function math({ formula, derivatives = [] }: OpDefinition): string {
  if (formula === "") return "";
  const value = formula.includes("=") ? formula : `y = ${formula}`;
  const names = derivatives.length === 1 ? ["x"] : ["a", "b", "c", "d"];
  const slopes = derivatives.map((slope, k) =>
    slope.includes("=") ? slope : `\\frac{\\partial y}{\\partial ${names[k]}} = ${slope}`,
  );
  return [value, ...slopes].map(inline).join(" &emsp; ");
}

/** Math that Markdown leaves alone. */
function inline(latex: string): string {
  return `$\`${latex}\`$`;
}

function facts(op: OpDefinition): string {
  const isScalar = op.body.kind === "scalar";
  const shapes = [
    ...new Set((isScalar ? [] : op.samples.slice(0, 4)).map((sample) => shapeText(op, sample))),
  ];
  const codes = [...new Set((op.errors ?? []).map(({ code }) => `\`${code}\``))];
  const facts = [
    op.example === undefined ? "" : `Example: ${exampleText(op.example)}`,
    shapes.length === 0 ? "" : `Shapes: ${shapes.join("; ")}`,
    op.commutative ? "Commutative." : "",
    codes.length === 0 ? "" : `Refuses: ${codes.join(", ")}.`,
  ];
  return facts
    .filter((fact) => fact !== "")
    .map((fact) => `- ${fact}`)
    .join("\n");
}

function shapeText(op: OpDefinition, { inputs, attributes = {} }: Sample): string {
  const types = inputs.map(({ shape, dtype = "float32" }) => ({ shape, dtype }));
  const output = op.type(types, attributes);
  const text = (t: { readonly dtype: string; readonly shape: readonly number[] }): string =>
    `${t.dtype === "float32" ? "" : t.dtype}[${t.shape.join(", ")}]`;
  return `\`${types.map(text).join(" ")} → ${text(output)}\`${attributeText(attributes)}`;
}

function exampleText({ inputs, attributes = {}, output }: Example): string {
  const values = (x: { readonly values: readonly number[] }): string => `[${x.values.join(", ")}]`;
  return `\`${inputs.map(values).join(" ")} → ${values(output)}\`${attributeText(attributes)}`;
}

function attributeText(attributes: object): string {
  const text = JSON.stringify(attributes);
  return text === "{}" ? "" : ` with \`${text.length > 90 ? `${text.slice(0, 90)}…` : text}\``;
}
