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
