// Descriptions as data: what an address carries comes back, and what does not belong is refused.

import { describe, expect, it } from "vitest";
import { decode, encode } from "../../studio/src/playground/address.ts";
import { duplicated, misfitOf, moved, removed } from "../../studio/src/playground/blocks.ts";
import {
  conv,
  type Description,
  dense,
  digitsDefault,
  forData,
  lossNameOf,
  spiralDefault,
} from "../../studio/src/playground/description.ts";
import { digitOf, inkLine, padSide } from "../../studio/src/playground/drawn-digit.ts";
import { layersOf } from "../../studio/src/playground/layers.ts";
import { readDescription } from "../../studio/src/playground/read-description.ts";

const table: Description = {
  ...spiralDefault,
  data: { kind: "table", text: "größe,颜色\n1,红\n2,蓝\n", target: "颜色" },
  l1: 0.001,
};

describe("addresses", () => {
  it.each([
    ["the spiral", spiralDefault],
    ["digits", digitsDefault],
    [
      "another set",
      { ...spiralDefault, data: { ...spiralDefault.data, set: "circles" } } as Description,
    ],
    [
      "another optimizer",
      { ...spiralDefault, optimizer: { ...spiralDefault.optimizer, name: "sgd" } } as Description,
    ],
    ["a table with letters of all kinds", table],
    [
      "drawn points",
      { ...spiralDefault, data: { kind: "points", points: [[0.5, -3, 2]] } } as Description,
    ],
  ])("carry %s there and back", (_, description) => {
    const code = encode(description)!;
    expect(code).toMatch(/^[\w-]*$/);
    expect(decode(code)).toEqual(description);
  });

  it("are short where little differs", () => {
    expect(encode(spiralDefault)).toBe("e30");
    expect(encode({ ...spiralDefault, batchSize: 8 })!.length).toBeLessThan(30);
    expect(decode("")).toEqual(spiralDefault);
  });

  it("carry no data that are too large", () => {
    expect(
      encode({ ...table, data: { ...table.data, text: "a,b\n".repeat(5000) } as never }),
    ).toBeUndefined();
    expect(() => decode("A".repeat(9000))).toThrow("9000 characters");
  });
});

describe("reading", () => {
  const refused: readonly [string, unknown, string][] = [
    ["no record", [], "description"],
    ["an unknown optimizer", { optimizer: { name: "constructor" } }, "name"],
    ["a learning rate of no number", { optimizer: { learningRate: "0.1" } }, "learningRate"],
    ["a learning rate of NaN", { optimizer: { learningRate: Number.NaN } }, "learningRate"],
    ["a batch of half a record", { batchSize: 0.5 }, "batchSize"],
    ["half a block", { blocks: [{ width: 2.5 }] }, "width"],
    ["a million units", { blocks: [{ width: 1e6 }] }, "width"],
    ["too many blocks", { blocks: Array.from({ length: 9 }, () => ({})) }, "blocks"],
    [
      "a convolution after a dense layer",
      { blocks: [{ kind: "dense" }, { kind: "conv" }] },
      "blocks",
    ],
    ["a set that there is not", { data: { kind: "plane", set: "__proto__" } }, "set"],
    ["a point outside", { data: { kind: "points", points: [[9, 0, 0]] } }, "points"],
    ["a point of class 7", { data: { kind: "points", points: [[0, 0, 7]] } }, "points"],
    ["a table without text", { data: { kind: "table", text: 3, target: "a" } }, "text"],
    ["too many points", { data: { kind: "plane", count: 1e9 } }, "count"],
    ["a truth value of 1", { blocks: [{ batchNorm: 1 }] }, "batchNorm"],
  ];
  it.each(refused)("refuses %s", (_, given, name) => {
    expect(() => readDescription(given)).toThrow(new RegExp(`^${name}`));
  });

  it("takes no more than it knows", () => {
    const read = readDescription({
      epochs: 3,
      onLoad: "alert(1)",
      data: { kind: "digits", text: "x" },
    });
    expect(read).toEqual({ ...spiralDefault, epochs: 3, data: { kind: "digits" } });
  });
});

describe("layers", () => {
  it("follow sizes through convolution, pooling and flattening", () => {
    const { layers, ends } = layersOf(digitsDefault.blocks, [1, 8, 8], 10);
    expect(layers).toEqual([
      { kind: "conv", inputs: 1, outputs: 16 },
      { kind: "activation", name: "relu" },
      { kind: "pool", name: "max" },
      { kind: "flatten" },
      { kind: "linear", inputs: 256, outputs: 32 },
      { kind: "activation", name: "relu" },
      { kind: "dropout", p: 0.2 },
      { kind: "linear", inputs: 32, outputs: 10 },
    ]);
    expect(ends).toEqual([1, 5, 7]);
  });

  it("are dense where a convolution has no image", () => {
    const { layers } = layersOf(digitsDefault.blocks, [2], 2);
    expect(layers[0]).toEqual({ kind: "linear", inputs: 2, outputs: 16 });
  });
});

describe("a row of blocks", () => {
  const row = [conv(4), conv(8, "none"), dense(16)];

  it("can be moved, copied and cut, and says the shapes that follow", () => {
    expect(moved(row, 0, 1)).toEqual([row[1], row[0], row[2]]);
    expect(moved(row, 2, 0)).toEqual([row[2], row[0], row[1]]);
    expect(duplicated(row, 1)).toEqual([row[0], row[1], row[1], row[2]]);
    expect(removed(row, 0)).toEqual([row[1], row[2]]);
    expect(layersOf(row, [1, 8, 8], 10).shapes).toEqual([[4, 4, 4], [8, 4, 4], [16]]);
    expect(layersOf(moved(row, 0, 1), [1, 8, 8], 10).shapes).toEqual([[8, 8, 8], [4, 4, 4], [16]]);
  });

  it("says which block does not fit, and all that it passes can be read and built", () => {
    expect(misfitOf(row, true)).toBeUndefined();
    expect(misfitOf(moved(row, 2, 1), true)).toEqual({ block: 2, reason: "convAfterDense" });
    expect(misfitOf(row, false)).toEqual({ block: 0, reason: "convOnNumbers" });
    const pools = [conv(2), conv(2), conv(2), conv(2)];
    expect(misfitOf(pools, true)).toEqual({ block: 3, reason: "poolings" });
    for (const blocks of [row, moved(row, 2, 1), pools, pools.slice(1), [dense(2), dense(3)]]) {
      const read = (): unknown => readDescription({ ...digitsDefault, blocks });
      if (misfitOf(blocks, true) === undefined) expect(read).not.toThrow();
      else expect(read).toThrow("blocks");
    }
  });
});

it("keeps what suits any data when the data change", () => {
  const changed = forData({ ...spiralDefault, l2: 0.01, seed: 5 }, { kind: "digits" });
  expect(changed).toMatchObject({ l2: 0.01, seed: 5, blocks: digitsDefault.blocks });
  expect(forData(spiralDefault, { kind: "points", points: [] }).blocks).toBe(spiralDefault.blocks);
});

it("has a loss that fits what is predicted", () => {
  expect(lossNameOf(spiralDefault, undefined)).toBe("meanSquaredError");
  expect(lossNameOf({ ...spiralDefault, loss: "huber" }, undefined)).toBe("huber");
  expect(lossNameOf({ ...spiralDefault, loss: "huber" }, ["a", "b"])).toBe("crossEntropy");
});

describe("a drawn digit", () => {
  it("is moved and scaled to fill the height", () => {
    const pad = new Uint8Array(padSide ** 2);
    inkLine(pad, [4, 6], [14, 6]); // a 1, small and off the middle
    const digit = digitOf(pad);
    const rows = Array.from({ length: 8 }, (_, row) => digit.slice(8 * row, 8 * row + 8));
    for (const row of rows) {
      expect(Math.max(...row)).toBeGreaterThan(0.2);
      expect(row[0] + row[1] + row[6] + row[7]).toBe(0);
    }
    expect(Math.max(...digit)).toBeLessThanOrEqual(1);
  });

  it("is empty for an empty pad", () => {
    expect([...digitOf(new Uint8Array(padSide ** 2))]).toEqual(Array(64).fill(0));
  });
});
