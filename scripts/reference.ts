// npm run reference
// Writes the reference documentation in docs/reference: pages from the sources, the matrix from runs.

import { mkdirSync, writeFileSync } from "node:fs";
import { matrix } from "../test/ops/rows.ts";
import { matrixPage } from "./reference/matrix.ts";
import { referencePages } from "./reference/write.ts";

const folder = new URL("../docs/reference/", import.meta.url);
mkdirSync(folder, { recursive: true });
const pages = new Map([...referencePages(), ["matrix.md", matrixPage(matrix())]]);
for (const [file, text] of pages) writeFileSync(new URL(file, folder), text);
console.log(`wrote ${[...pages.keys()].join(", ")}`);
