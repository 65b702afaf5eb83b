import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type ArrayDataset, column, digits } from "../../src/data/index.ts";

type Part = ArrayDataset<"images" | "labels">;

function histogram(part: Part): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of column(part, "labels").data) counts[label]++;
  return counts;
}

/** The records of a part as the lines of the CSV: 64 pixels 0…16, then the label. */
function lines(part: Part): string[] {
  const images = column(part, "images").data;
  const labels = column(part, "labels").data;
  return Array.from(labels, (label, i) =>
    [...images.subarray(64 * i, 64 * i + 64), label / 16].map((value) => value * 16).join(),
  );
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("digits", () => {
  test("are 1,437 and 360 images of ten classes, each in its share", async () => {
    const { name, train, test: held, classes, imageShape } = await digits();
    expect(name).toBe("digits");
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(imageShape).toEqual([1, 8, 8]);
    expect([train.size, held.size]).toEqual([1437, 360]);
    expect(train.fields.images).toEqual({ dtype: "float32", shape: [64] });
    expect(train.fields.labels).toEqual({ dtype: "int32", shape: [] });
    const whole = histogram(train).map((count, digit) => count + histogram(held)[digit]);
    expect(whole).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect(histogram(held)).toEqual([36, 37, 35, 37, 36, 36, 36, 36, 35, 36]);
  });

  test("have these values and this split, whatever the platform", async () => {
    const { train, test: held } = await digits();
    expect(sha256([...lines(train), ...lines(held)].sort().join("\n"))).toBe(
      "fc1255d0784918cf3940a07ef6f3daddcbd3d2d03a4d273dbca0ff254be2b974",
    );
    expect(sha256(lines(held).join("\n"))).toBe(
      "ee4a4885c49e8647fc93dfb7eb9c5a2ac0ca62fca8eacd9793b0e7d5a5beee77",
    );
    expect(Math.max(...column(train, "images").data)).toBe(1);
    expect(Math.min(...column(train, "images").data)).toBe(0);
  });

  test("keep their shape with flat: false", async () => {
    const { test: held } = await digits({ flat: false });
    const flat = await digits();
    expect(column(held, "images").shape).toEqual([360, 1, 8, 8]);
    expect(column(held, "images").data).toEqual(column(flat.test, "images").data);
  });
});

const source = join(process.env.CHAINRULE_SHARED ?? "../shared", "data/tabular/digits.csv.gz");

test.skipIf(!existsSync(source))(
  "digits are the rows of the source (skipped without shared data)",
  async () => {
    const { train, test: held } = await digits();
    const rows = gunzipSync(readFileSync(source)).toString("utf8").trim().split("\n");
    expect([...lines(train), ...lines(held)].sort()).toEqual(rows.sort());
  },
);
