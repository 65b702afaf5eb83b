// Columns of a terminal: wide characters count two, and tables stay straight.

import { expect, test } from "vitest";
import { columnsOf, cut, padEnd, padStart, shortened } from "../../src/cli/columns.ts";
import { tableText } from "../../src/cli/table.ts";
import { colorsFor } from "../../src/cli/text.ts";

test("Chinese characters are two columns wide", () => {
  expect(["abc", "数字", "é – …", "한글", "🙂"].map(columnsOf)).toEqual([3, 4, 5, 4, 2]);
  expect([padEnd("数", 4), padStart("数", 4), cut("数字a", 3)]).toEqual(["数  ", "  数", "数"]);
});

test("a text that is too long loses its middle, and line breaks are no breaks", () => {
  expect(shortened("runs/short", 10)).toBe("runs/short");
  expect(shortened("runs/much-longer", 10)).toBe("runs…onger");
  expect(columnsOf(shortened("数字数字数字数字", 9))).toBeLessThanOrEqual(9);
  expect(shortened("two\nlines", 20)).toBe("two�lines");
});

test("the columns of a table stand below each other", () => {
  const names = ["digits", "数字", "a\nb"];
  const columns = [
    { head: "run", cells: names },
    { head: "loss", cells: ["1", "22", "333"], numeric: true },
  ];
  const lines = tableText(columns, 80, colorsFor(process.stdout)).trimEnd().split("\n");
  expect(lines).toHaveLength(4);
  expect(new Set(lines.map(columnsOf)).size).toBe(1);
});
