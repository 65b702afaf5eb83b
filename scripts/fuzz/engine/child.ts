// The process in which inputs are parsed: `child.ts <parser> <seed> <from> <to> <progress file>`. Before each input it
// writes the input's number into the file, so that whoever watches knows which one hangs or crashes it. It prints findings as
// they come, each on a line, and at last the whole result.

import { openSync, writeSync } from "node:fs";
import { type Finding, fuzz } from "./run.ts";
import { loadTarget } from "./target.ts";

const [name, seed, from, to, progressFile] = process.argv.slice(2);
const target = await loadTarget(name);
const progress = openSync(progressFile, "w");
const number = new Float64Array(1);
const bytes = new Uint8Array(number.buffer);

const result = await fuzz(target, {
  seed: Number(seed),
  from: Number(from),
  to: Number(to),
  onInput(input) {
    number[0] = input;
    writeSync(progress, bytes, 0, 8, 0);
  },
  onFinding: (finding) => writeSync(1, `${JSON.stringify(printable(finding))}\n`),
});
console.log(JSON.stringify({ ...result, findings: result.findings.map(printable) }));

function printable(finding: Finding): Record<string, unknown> {
  return { ...finding, bytes: Buffer.from(finding.bytes).toString("base64") };
}
