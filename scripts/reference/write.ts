// All pages that come from the sources, as text by file name.

import { allOps } from "../../src/ir/op.ts";
import { type Export, exportsOf } from "./exports.ts";
import { opsPage } from "./ops.ts";
import { indexText, pages, pageText } from "./pages.ts";
import { typesPage } from "./types.ts";

/** The exports of the main entry point. */
export function publicExports(): Export[] {
  return exportsOf("src/index.ts");
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
