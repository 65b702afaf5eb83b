// Makes src/data/digits-data.ts from the CSV of the digits (64 pixels 0…16 and the label on each line,
// gzip-compressed): labels, then pixels, one byte each, as a zlib stream in base64.
// Usage: node scripts/make-digits.mjs <digits.csv.gz>

import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync, gunzipSync } from "node:zlib";

const source = process.argv[2];
if (source === undefined) {
  console.error("usage: node scripts/make-digits.mjs <digits.csv.gz>");
  process.exit(2);
}

const text = gunzipSync(readFileSync(source)).toString("utf8").trim();
const rows = text.split("\n").map((line) => line.split(",").map(Number));
const wrong = rows.findIndex(
  (row) =>
    row.length !== 65 ||
    row.some((value, i) => !Number.isInteger(value) || value < 0 || value > (i < 64 ? 16 : 9)),
);
if (wrong >= 0) throw new Error(`line ${wrong + 1} is not 64 pixels 0…16 and a label 0…9`);

const labels = rows.map((row) => row[64]);
const pixels = rows.flatMap((row) => row.slice(0, 64));
const packed = deflateSync(Uint8Array.from([...labels, ...pixels]), { level: 9, memLevel: 9 });
const module = `// Made by scripts/make-digits.mjs; do not edit. What it holds and where it comes from: digits.ts.

/** ${rows.length} labels, then ${rows.length} × 64 pixels, one byte each, as a zlib stream in base64. */
export const packedDigits: string =
  "${packed.toString("base64")}";
`;
const target = new URL("../src/data/digits-data.ts", import.meta.url);
writeFileSync(target, module);
console.log(`${rows.length} digits, ${packed.length} bytes packed, ${module.length} as a module`);
