// The matrix of the reference documentation: all its cells hold, it has no gap, and the committed page says so.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { matrixPage } from "../../scripts/reference/matrix.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { customVjp } from "../../src/ops/alias.ts";
import { functionCases } from "./cases/index.ts";
import { type Cell, functionSubject, type Row, rowsOf } from "./matrix.ts";
import { matrix, outside, parts, publicCallables } from "./rows.ts";

const rows = matrix();

const faults = ({ cells }: Row): Cell[] => cells.flat().filter((cell) => typeof cell === "object");

describe.each(parts)("%s", (part) => {
  test.each(rows[part].map((row) => [row.name, row] as const))("%s", (_name, row) => {
    expect(faults(row)).toEqual([]);
  });
});

test("the page is what the matrix gives", () => {
  const page = new URL("../../docs/reference/matrix.md", import.meta.url);
  expect(readFileSync(page, "utf8"), "run `npm run reference`").toBe(matrixPage(rows));
});

test("cases are of functions that there are", () => {
  const known = new Set(publicCallables().keys());
  const names = functionCases.map(([title]) => title.split(" ")[0]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(Object.keys(outside).filter((name) => known.has(name))).toEqual([]);
});

test("a wrong derivative of either order fails its cells", () => {
  const twice = (g: Tensor, [x]: readonly Tensor[]): Tensor[] => [g.mul(x.cos()).mul(2)];
  const flat = customVjp(
    "slope",
    (x) => x.cos(),
    () => [null],
  );
  const subjects = [
    customVjp("wrong", (x) => x.sin(), twice),
    customVjp(
      "flat",
      (x) => x.sin(),
      (g, [x]) => [g.mul(flat(x))],
    ),
  ].map((f) => functionSubject("f", [["f", f, [3]]]));
  const failed = rowsOf(subjects).map(({ cells }) => cells[0].map((c) => typeof c === "object"));
  expect(failed).toEqual([
    [false, true, false],
    [false, false, true],
  ]);
});

test("a function without a case fails all its cells", () => {
  const [row] = rowsOf([{ name: "f", runs: [], wrong: "no case" }]);
  expect(faults(row)).toHaveLength(6);
});
