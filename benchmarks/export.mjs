// Writes a workload for processes that are not JavaScript: facts and places as JSON, numbers as one binary file.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeWorkload } from "./workloads.mjs";

/** Writes `<id>.json` and `<id>.bin` (little-endian, float32 and int32) to a folder; gives the path of the first. */
export function exportWorkload(id, folder) {
  const { parameters, batches, ...facts } = makeWorkload(id);
  const chunks = [];
  let offset = 0;
  const place = (data, shape = [data.length]) => {
    const dtype = data instanceof Int32Array ? "int32" : "float32";
    const entry = { offset, dtype, shape };
    chunks.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
    return entry;
  };
  const placed = (record, of) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
  const text = JSON.stringify({
    ...facts,
    parameters: placed(parameters, ({ data, shape }) => place(data, shape)),
    batches: batches.map((batch) => placed(batch, (data) => place(data))),
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.bin`), Buffer.concat(chunks));
  writeFileSync(join(folder, `${id}.json`), text);
  return join(folder, `${id}.json`);
}
