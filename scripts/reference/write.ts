// All pages that come from the sources, as text by file name.

import { allOps } from "../../src/ir/op.ts";
import { type Export, exportsOf } from "./exports.ts";
import { opsPage } from "./ops.ts";
import { indexText, pages, pageText } from "./pages.ts";
import { typesPage } from "./types.ts";

/** Entry points beside the main one, and the word that stands before their exports. */
const entries: readonly (readonly [file: string, prefix: string])[] = [
  ["src/data/node.ts", "data."],
  ["src/train/node.ts", "train."],
  ["src/formats/node.ts", "formats."],
  ["src/inspect/index.ts", "inspect."],
];

/** The exports of all entry points, each once. */
export function publicExports(): Export[] {
  const all = [
    exportsOf("src/index.ts"),
    ...entries.map(([file, prefix]) => exportsOf(file, prefix)),
  ];
  const named = new Map(all.flat().map((item) => [item.name, item]));
  return [...named.values()];
}

/** Texts of the pages, but for the matrix, which needs runs. */
export function referencePages(): Map<string, string> {
  const exports = publicExports();
  const ops = new Set(allOps().map((op) => op.name));
  const names = new Set(exports.map(({ name }) => name));
  return new Map([
    ["README.md", indexText(exports, ops.size)],
    ["ops.md", opsPage(names)],
    ["types.md", typesPage(exports)],
    ...pages.map((page) => [page.file, pageText(page, exports, ops)] as const),
  ]);
}
