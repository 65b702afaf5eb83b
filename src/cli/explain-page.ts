// The page of a step as one HTML file: the explorer that studio is built from, with the step inside. What stands in it is
// data in scripts that do not run: base 64, and JSON without a "<", so nothing of a run can end them early.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encodeSafetensors } from "../formats/node.ts";
import { ChainruleError } from "../index.ts";
import type { ExplainFacts, StoredStep } from "../inspect/index.ts";

/** The file. Errors: `MISSING_FILE` where the package has no such page. */
export function explainHtml(step: StoredStep, facts: ExplainFacts): string {
  const parts = [
    `<script type="application/json" id="facts">${asJson(facts)}</script>`,
    `<script type="text/plain" id="step">${packed(step)}</script>`,
  ];
  return readPage()
    .replace("<!-- step -->", () => parts.join("\n    "))
    .replace(
      "<title>Chainrule</title>",
      () => `<title>${escaped(facts.title)} · chainrule</title>`,
    );
}

/** Leaves as a safetensors file with the trace beside them, in gzip, in base 64. */
function packed({ trace, leaves }: StoredStep): string {
  const tensors = new Map([...leaves].map(([id, value]) => [String(id), value]));
  const bytes = encodeSafetensors(tensors, { trace: JSON.stringify(trace, shortened) });
  return gzipSync(bytes, { level: 9 }).toString("base64");
}

/** Nine digits tell all float32 apart. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(9)) : value;
}

function asJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Where the page is: beside this file's folder in the package, in `dist` when the sources are run. */
const pages = ["../explain/page.html", "../../dist/explain/page.html"];

function readPage(): string {
  const paths = pages.map((page) => fileURLToPath(new URL(page, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return readFileSync(path, "utf8");
  throw new ChainruleError({
    code: "MISSING_FILE",
    op: "explain",
    problem: "the page of a step is not in the package",
    fix: "Install the package again; with its sources, run `npm run build`.",
  });
}
