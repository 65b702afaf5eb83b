// The reference documentation: committed pages are what the generator makes, everything public is documented, and links
// lead somewhere. The matrix is tested with the ops.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { anchor } from "../scripts/reference/entries.ts";
import type { Export } from "../scripts/reference/exports.ts";
import { pages, pageText } from "../scripts/reference/pages.ts";
import { publicExports, referencePages } from "../scripts/reference/write.ts";

const folder = new URL("../docs/reference/", import.meta.url);
const committed = (file: string): string => readFileSync(new URL(file, folder), "utf8");
const exports = publicExports();
const made = [...referencePages()];

test.each(made)("%s is up to date", (file, text) => {
  // Not by toBe: a page's difference is long, and what to do about it is short.
  expect(committed(file) === text, "run `npm run reference`").toBe(true);
});

describe("what is public", () => {
  test("is documented", () => {
    expect(exports.length).toBeGreaterThan(600);
    expect(
      exports.filter(({ doc }) => doc === "").map(({ name, file }) => `${name} in ${file}`),
    ).toEqual([]);
  });

  test("has a formula, a shape or a sentence that says what it computes", () => {
    const short = exports.filter(({ doc }) => !/[.:`)]$/m.test(doc) || doc.length < 12);
    expect(short.map(({ name, doc }) => `${name}: ${doc}`)).toEqual([]);
  });

  test("has a place on a page", () => {
    const [first] = pages;
    const stray = { ...exports.find(({ name }) => name === "matmul")!, file: "src/ops/new.ts" };
    expect(() => pageText(first, [stray as Export], new Set())).toThrow(
      "no section for src/ops/new.ts",
    );
  });
});

/** A page's entry by its heading. */
function entryOf(file: string, heading: string): string {
  const text = new Map(made).get(file)!;
  const start = text.indexOf(`\n### ${heading}\n`);
  return text.slice(start, text.indexOf("\n### ", start + 1));
}

describe("an entry", () => {
  test.each([
    ["functions.md", "sort", "descending", "`false`"], // handed to argSort, which takes it apart
    ["functions.md", "fit", "seed", "`0`"],
    ["functions.md", "fit", "train", "required"],
    ["functions.md", "quantile", "axis", ""], // not the default of the sort inside
    ["functions.md", "audio.melSpectrogram", "nFft", "`400`"],
    ["functions.md", "gradcheck", "step", "`1e-5`"],
    ["functions.md", "sum", "keepDims", "`false`"],
    ["layers.md", "MaxPool2d", "stride", ""],
    ["layers.md", "TransformerEncoderLayer", "activation", '`"relu"`'],
    ["losses.md", "marginRanking", "margin", "`0`"], // a parameter of the function that takes it apart
    ["losses.md", "huber", "reduction", '`"mean"`'],
    ["optimizers.md", "Adam", "learningRate", "`0.001`"],
    ["optimizers.md", "NAdam", "learningRate", "`2e-3`"], // given to the class that it extends
    ["optimizers.md", "AdamW", "weightDecay", "`0.01`"],
    ["optimizers.md", "Muon", "adamRateFactor", "`1`"],
  ])("%s of %s: %s is %s by default", (file, heading, option, value) => {
    const row = entryOf(file, heading)
      .split("\n")
      .find((line) => line.startsWith(`| \`${option}\` |`));
    expect(row?.split(/(?<!\\)\|/)[3].trim()).toBe(value);
  });

  test("has whole sentences", () => {
    const cut = made.flatMap(([, text]) =>
      text.split("\n").filter((l) => /(,|\bthe)\. \|$/.test(l)),
    );
    expect(cut).toEqual([]);
  });

  test("of a type has what it inherits", () => {
    const text = entryOf("types.md", "EncoderStackContext");
    for (const field of ["caches", "keyMask", "training"])
      expect(text).toContain(`- \`${field}?: `);
    expect(entryOf("types.md", "LstmState")).toContain("- `cell: Tensor`");
  });

  test("of the tensor has its fields for programs, and no others", () => {
    const text = entryOf("functions.md", "Tensor, the class");
    expect(text).toContain("- `shape: Shape` — ");
    expect(text).toContain("- `dtype: DType` — ");
    expect(text).not.toMatch(/- `(id|inputs|slot|node)\b/);
  });
});

const files = ["README.md", "matrix.md", ...made.map(([file]) => file)];

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) => anchor(heading));
}

describe.each(files)("%s", (file) => {
  const text = committed(file);

  test("has no two entries of one name", () => {
    const anchors = anchorsOf(text.replace(/^## .*$/gm, ""));
    expect(anchors.filter((a, k) => anchors.indexOf(a) !== k)).toEqual([]);
  });

  test("links to what there is", () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    const broken = [...new Set(targets)].filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path, place] = target.split("#");
      if (path !== "" && !existsSync(new URL(path, folder))) return true;
      return place !== undefined && !anchorsCached(path || file).has(place);
    });
    expect(broken).toEqual([]);
  });
});

const cache = new Map<string, ReadonlySet<string>>();

function anchorsCached(file: string): ReadonlySet<string> {
  const found = cache.get(file) ?? new Set(anchorsOf(committed(file)));
  cache.set(file, found);
  return found;
}
