// The page of the matrix: every op, function, layer and loss on each target, forward, backward and to second order.

import { type Cell, orders, type Row, reasons, targets } from "../../test/ops/matrix.ts";
import { type Part, parts } from "../../test/ops/rows.ts";
import { anchor } from "./entries.ts";
import { linksOf } from "./pages.ts";
import { publicExports } from "./write.ts";

const head = `# What is checked where

Every op of the registry, and every public function, layer and loss made of ops, on each target. A check mark stands for
something that ran when this page was made, and runs in the tests (\`test/ops/matrix.test.ts\`):

* **forward**, reference: in float64; an op gives its literal example. Values of functions are compared with PyTorch's in the
  tests and golden cases.
* **backward** and **second order**, reference: gradients, and gradients of gradients, equal central differences in float64.
* **wasm**: values, gradients and gradients of gradients equal the reference's, in float32 and in float64.

Derivatives are taken by all float operands, and by the parameters of a layer. A dash has one of these reasons:

${Object.entries(reasons)
  .map(([letter, reason]) => `* –${sup(letter)} ${reason}`)
  .join("\n")}
`;

/** Text of the page. */
export function matrixPage(rows: Readonly<Record<Part, readonly Row[]>>): string {
  return [head, ...parts.map((part) => section(part, rows[part]))].join("\n");
}

function section(part: Part, rows: readonly Row[]): string {
  const columns = targets.flatMap((target) => orders.map((order) => `${target}<br>${order}`));
  return `## ${part} (${rows.length})

| | ${columns.join(" | ")} |
|---|${columns.map(() => ":-:|").join("")}
${rows.map((row) => line(row, part)).join("\n")}
`;
}

function line({ name, cells }: Row, part: Part): string {
  const target = part === "Ops" ? `ops.md#${anchor(name)}` : links.get(name);
  return `| [${name}](${target}) | ${cells.flat().map(mark).join(" | ")} |`;
}

const links = linksOf(publicExports());

function mark(cell: Cell): string {
  if (typeof cell === "object") return "✗";
  return cell === "✓" ? "✓" : `–${sup(cell)}`;
}

function sup(letter: string): string {
  return `<sup>${letter}</sup>`;
}
