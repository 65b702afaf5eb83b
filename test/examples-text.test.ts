// The examples on text and speech, in their short forms, and the parts of them that are easy to get wrong: the reader of
// WAV files, the one of quoted tables, words and their numbers, and what training does to recordings.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { seed, setTarget, tensor } from "chainrule";
import { beforeAll, describe, expect, test } from "vitest";
import { main as charRnn } from "../examples/14-char-rnn.ts";
import { main as intent } from "../examples/15-intent.ts";
import { main as sentiment } from "../examples/17-sentiment.ts";
import { main as translate } from "../examples/18-translate.ts";
import { HideBands, ShiftAndNoise, main as spokenDigits } from "../examples/19-spoken-digits.ts";
import { perToken, readLines, Vocabulary, wordsOf } from "../examples/text.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = resolve(root, process.env.CHAINRULE_SHARED ?? "../shared");
const dataDir = process.env.CHAINRULE_DATA ?? join(shared, "data");
const without = (folder: string): boolean => !existsSync(join(dataDir, folder));
const options = { short: true, dataDir, print: () => undefined };

beforeAll(() => setTarget("wasm"));

describe("short forms", () => {
  test.skipIf(without("names"))("14: recurrent networks learn how names are spelt", async () => {
    for (const model of ["rnn", "gru"]) {
      const { heldOut, names } = await charRnn({ ...options, model });
      expect(heldOut[0], model).toBeLessThan(2.5); // by the frequency of letters alone: 2.82
      expect(names).toHaveLength(12);
      for (const name of names) expect(name).toMatch(/^[a-z]{0,15}$/);
    }
    await expect(charRnn({ ...options, model: "tree" })).rejects.toThrow(
      "rnn, lstm, gru; not tree",
    );
  });

  test.skipIf(without("text-banking77"))("15: the bag finds what customers want", async () => {
    const { losses, accuracies, answers } = await intent(options);
    expect(losses[3]).toBeLessThan(losses[0] / 4);
    expect(accuracies[3]).toBeGreaterThan(0.85);
    expect(answers).toEqual(["card_swallowed", "transfer_timing"]);
    const again = await intent({ ...options, epochs: 4, validate: false });
    expect(again.losses).toEqual(losses); // same seed, same bits
  });

  test.skipIf(without("text-rt-polarity"))("17: each model tells praise from blame", async () => {
    const expected = { bag: 0.6, lstm: 0.55, transformer: 0.55 };
    for (const [model, least] of Object.entries(expected)) {
      const { losses, accuracies } = await sentiment({ ...options, model });
      expect(losses[1], model).toBeLessThan(losses[0]);
      expect(accuracies[1], model).toBeGreaterThan(least);
    }
    await expect(sentiment({ ...options, model: "tree" })).rejects.toThrow("not tree");
  });

  test.skipIf(without("tatoeba-eng-swe"))("18: the Transformer learns the next words", async () => {
    const { losses, accuracies, translations } = await translate(options);
    expect(losses[1]).toBeLessThan(3.3);
    expect(accuracies[1]).toBeGreaterThan(0.4);
    expect(translations).toHaveLength(4);
    for (const words of translations) expect(words).not.toMatch(/<(start|end)>/);
  });

  test.skipIf(without("fsdd"))("19: the network recognises digits by their sound", async () => {
    const { losses, accuracies } = await spokenDigits(options);
    expect(losses[11]).toBeLessThan(losses[0] / 2);
    expect(accuracies[11]).toBeGreaterThan(0.7);
  });
});

describe("recordings", () => {
  test("shifts move a sound as a whole, in training only", async () => {
    const sound = [0, 0, 0, 1, 2, 3, 0, 0, 0];
    const x = tensor(Array.from({ length: 64 }, () => sound));
    const layer = new ShiftAndNoise(2, 0);
    expect(layer.forward(x)).toBe(x);
    seed(1);
    const y = await layer.forward(x, { training: true }).data();
    const starts = Array.from({ length: 64 }, (_, k) => {
      const row = [...y.subarray(9 * k, 9 * (k + 1))];
      const start = row.indexOf(1);
      expect(row.filter((value) => value !== 0)).toEqual([1, 2, 3]);
      expect(row.slice(start, start + 3)).toEqual([1, 2, 3]);
      return start;
    });
    expect(new Set(starts)).toEqual(new Set([1, 2, 3, 4, 5]));
    const noisy = await new ShiftAndNoise(0, 0.1).forward(x, { training: true }).data();
    const noise = noisy.map((value, k) => value - sound[k % 9]);
    expect(Math.max(...noise.map(Math.abs))).toBeLessThan(0.5);
    expect(new Set(noise).size).toBeGreaterThan(500);
  });

  test("bands are whole rows and columns, no wider than said, in training only", async () => {
    const [batch, height, width] = [32, 8, 10];
    const x = tensor(new Float32Array(batch * height * width).fill(1), {
      shape: [batch, 1, height, width],
    });
    const layer = new HideBands(3, 4);
    expect(layer.forward(x)).toBe(x);
    seed(1);
    const y = await layer.forward(x, { training: true }).data();
    for (let k = 0; k < batch; k++) {
      const image = y.subarray(k * height * width, (k + 1) * height * width);
      const isShown = (row: number, column: number): boolean => image[row * width + column] === 1;
      const rows = Array.from({ length: height }, (_, row) => row);
      const columns = Array.from({ length: width }, (_, column) => column);
      const hiddenRows = rows.filter((row) => !columns.some((column) => isShown(row, column)));
      const hiddenColumns = columns.filter((column) => !rows.some((row) => isShown(row, column)));
      expect(hiddenRows.length).toBeLessThanOrEqual(3);
      expect(hiddenColumns.length).toBeLessThanOrEqual(4);
      const shown = image.filter((value) => value === 1).length;
      expect(shown).toBe((height - hiddenRows.length) * (width - hiddenColumns.length));
    }
    expect(y.some((value) => value === 0)).toBe(true);
  });
});

describe("text", () => {
  test("words keep their letters, apostrophes and hyphens; marks stand alone", () => {
    expect(wordsOf("Don't go, Åsa-Lena: 42 %!")).toEqual([
      "don't",
      "go",
      ",",
      "åsa-lena",
      ":",
      "42",
      "%",
      "!",
    ]);
    expect(wordsOf("  ")).toEqual([]);
  });

  test("frequent words have small numbers, rare ones are unknown", () => {
    const texts = [
      ["a", "b", "a"],
      ["b", "a", "c"],
    ];
    const vocabulary = new Vocabulary(texts, { least: 2, special: ["<end>"] });
    expect(vocabulary.words).toEqual(["", "<unknown>", "<end>", "a", "b"]);
    expect(vocabulary.has("c")).toBe(false);
    expect([
      ...vocabulary.encode(
        [
          ["b", "c", "<end>"],
          ["a", "a", "a", "a"],
        ],
        3,
      ),
    ]).toEqual([4, 1, 2, 3, 3, 3]);
  });

  test("loss and right guesses are per token that counts", async () => {
    const { loss, metrics } = perToken(1.5, -1); // 3 tokens in 2 rows
    const logits = tensor([
      [
        [0, 0, 0, 0],
        [0, 9, 0, 0],
      ],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    ]);
    const next = tensor(
      [
        [3, 1],
        [0, -1],
      ],
      { dtype: "int32" },
    );
    const expected = (2 * Math.log(4) + Math.log(1 + 3 * Math.exp(-9))) / 3;
    expect(await loss(logits, next).item()).toBeCloseTo(expected, 6);
    expect(await metrics.right(logits, next).item()).toBeCloseTo(2 / 3, 6); // ties: the first
  });

  test("a missing folder is named with the option that gives it", () => {
    expect(() => readLines("names/names.txt", { dataDir: "" })).toThrow(
      "--data-dir or CHAINRULE_DATA",
    );
  });
});
