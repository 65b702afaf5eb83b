// Tokenizers made here: what they learn, that the same texts give the same ones, that they are saved and loaded, and that
// texts come back; and text as data sets.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readTokenizer, writeTokenizer } from "../../src/data/text/node-tokenizer.ts";
import { loadTokenizer } from "../../src/data/text/tokenizer.ts";
import { bpeTokenizer, characterTokenizer, wordTokenizer } from "../../src/data/text/training.ts";
import { textClassification, textWindows } from "../../src/data/text/windows.ts";
import { failure } from "../nn/failure.ts";

const poem = "the cat sat on the mat, the cat sat; the hat! ".repeat(3);

describe("bytes in pairs", () => {
  it("joins the most frequent pairs first, equally frequent ones by number", () => {
    // HF tokenizers 0.23.2: BpeTrainer(vocab_size=266, min_frequency=2, initial_alphabet=ByteLevel.alphabet())
    const { model } = bpeTokenizer(poem, { vocabSize: 266, padToken: null }).toJSON() as {
      model: { merges: string[][] };
    };
    expect(model.merges.map((pair) => pair.join("+"))).toEqual([
      "a+t",
      "h+e",
      "t+he",
      "Ġ+the",
      "c+at",
      "s+at",
      "Ġ+cat",
      "Ġ+sat",
      "h+at",
      "m+at",
    ]);
  });

  it("gives every text back", () => {
    const tokenizer = bpeTokenizer(poem, { vocabSize: 280, padToken: null });
    expect(String(tokenizer)).toMatch(/^Tokenizer: BPE, 2\d\d tokens$/);
    const point = fc.nat(0x10ffff).map((c) => (c >> 11 === 27 ? "a" : String.fromCodePoint(c)));
    const text = fc.string({ unit: point, maxLength: 40 });
    fc.assert(
      fc.property(text, (s) => tokenizer.decode(tokenizer.encode(s)) === s),
      { seed: 1, numRuns: 100 },
    );
    expect(tokenizer.decode(tokenizer.encode("a\ud800b"))).toBe("a\ufffdb");
    expect(tokenizer.encode(poem).length).toBeLessThan(poem.length / 2.5);
  });

  it("joins as trying all merges in order would", () => {
    const tokenizer = bpeTokenizer(poem, { vocabSize: 275, padToken: null });
    const { merges } = (tokenizer.toJSON() as { model: { merges: [string, string][] } }).model;
    const slow = (piece: string): string[] =>
      merges.reduce<string[]>((tokens, [left, right]) => {
        const joined: string[] = [];
        for (let k = 0; k < tokens.length; k++) {
          const both = tokens[k] === left && tokens[k + 1] === right;
          joined.push(both ? left + right : tokens[k]);
          if (both) k++;
        }
        return joined;
      }, Array.from(piece));
    const piece = fc.string({ unit: fc.constantFrom(..."thecasomn"), minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(piece, (s) => {
        const tokens = [...tokenizer.encode(s)].map((id) => tokenizer.token(id));
        expect(tokens).toEqual(slow(s));
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it("on characters has spaces as ▁ and knows what is unknown", () => {
    const tokenizer = bpeTokenizer(["aa ab", "aa"], { byteLevel: false, minFrequency: 1 });
    const ids = tokenizer.encode("aa ab z");
    expect([...ids].map((id) => tokenizer.token(id))).toEqual(["▁aa", "▁ab", "▁", "<unk>"]);
    expect(tokenizer.decode(ids)).toBe("aa ab ");
  });
});

describe("characters and words", () => {
  it("numbers characters by code", () => {
    const tokenizer = characterTokenizer("hello\n", { padToken: null, unkToken: null });
    expect(tokenizer.size).toBe(5);
    expect([...tokenizer.encode("hole\nx")]).toEqual([2, 4, 3, 1, 0]); // x is left out
    expect(tokenizer.decode([2, 4, 3, 1])).toBe("hole");
    const composed = characterTokenizer("é😀");
    expect([...composed.encode("e\u0301😀?")]).toEqual([2, 3, 1]);
  });

  it("numbers words from frequent to rare", () => {
    const tokenizer = wordTokenizer(["b a Don't", "a! b a"], { minFrequency: 2 });
    expect(Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id))).toEqual([
      "<pad>",
      "<unk>",
      "a",
      "b",
    ]);
    expect([...tokenizer.encode("B, a")]).toEqual([3, 1, 2]);
    const few = wordTokenizer("a a b c", { vocabSize: 3, unkToken: null, lowercase: false });
    expect(few.size).toBe(3);
    expect(failure(() => few.encode("c")).message).toMatch(/no token for "c"/);
  });

  it("puts tokens around texts, and finds special ones inside", () => {
    const tokenizer = wordTokenizer("a b", {
      bosToken: "<s>",
      eosToken: "</s>",
      specialTokens: ["<sep>"],
    });
    const ids = tokenizer.encode("a<sep>b");
    expect([...ids].map((id) => tokenizer.token(id))).toEqual(["<s>", "a", "<sep>", "b", "</s>"]);
    expect(tokenizer.decode(ids)).toBe("a b");
    expect([...tokenizer.encode("a", { addSpecialTokens: false })]).toEqual([5]);
    expect(tokenizer.encodeBatch(["a", "a b"]).ids.data).toEqual(
      Int32Array.of(2, 5, 3, 0, 2, 5, 6, 3),
    );
  });

  it("refuses texts and options that make none", () => {
    for (const texts of [[3], 3, null, {}] as never[]) {
      expect(failure(() => wordTokenizer(texts)).message).toMatch(/texts are strings/);
    }
    expect(failure(() => wordTokenizer("a", { minFrequency: 0 })).code).toBe("BAD_ARGUMENT");
    expect(failure(() => wordTokenizer("a", { minCount: 2 } as never)).code).toBe("BAD_ARGUMENT");
    expect(failure(() => characterTokenizer("a", { eosToken: "<pad>" })).message).toMatch(/other/);
    expect(failure(() => bpeTokenizer("a", { vocabSize: 100 })).message).toMatch(/at least 257/);
    const other = { normalization: "NFQ" } as never;
    expect(failure(() => characterTokenizer("a", other)).message).toMatch(/NFKC/);
  });
});

describe("files", () => {
  const folder = mkdtemp(join(tmpdir(), "chainrule-text-"));
  afterAll(async () => rm(await folder, { recursive: true }));

  it("hold a tokenizer whole", async () => {
    const path = join(await folder, "tokenizer.json");
    for (const make of [characterTokenizer, wordTokenizer, bpeTokenizer]) {
      const tokenizer = make(poem, { eosToken: "<end>" });
      await writeTokenizer(path, tokenizer);
      const again = await readTokenizer(path);
      expect(again.encode(poem)).toEqual(tokenizer.encode(poem));
      expect(loadTokenizer(JSON.stringify(tokenizer)).toJSON()).toEqual(again.toJSON());
    }
    await expect(readTokenizer(join(await folder, "none.json"))).rejects.toThrow("does not exist");
  });
});

describe("text as data sets", () => {
  it("windows have what comes next as targets", () => {
    const tokens = Int32Array.from({ length: 11 }, (_, k) => 10 * k);
    const windows = textWindows(tokens, { length: 4, stride: 3 });
    expect(windows.size).toBe(3);
    expect(windows.fields.inputs).toEqual({ dtype: "int32", shape: [4] });
    expect(windows.read("inputs", [2, 0])).toEqual({
      dtype: "int32",
      shape: [2, 4],
      data: Int32Array.of(60, 70, 80, 90, 0, 10, 20, 30),
    });
    expect([...windows.read("targets", [2]).data]).toEqual([70, 80, 90, 100]);
    expect(textWindows(tokens, { length: 5 }).size).toBe(2);
    expect(textWindows(tokens, { length: 10 }).size).toBe(1);
    expect(failure(() => textWindows(tokens, { length: 11 })).message).toMatch(/need 12/);
    expect(failure(() => textWindows(tokens, { length: 4, stride: 0 })).code).toBe("BAD_ARGUMENT");
    expect(failure(() => textWindows(undefined as never, { length: 1 })).message).toMatch(/a list/);
    expect(failure(() => textWindows(tokens, undefined as never)).message).toMatch(/length/);
    expect(failure(() => windows.read("inputs", [3])).message).toMatch(/no record 3/);
  });

  it("labelled texts are rows with lengths", () => {
    const tokenizer = wordTokenizer(["good film", "bad"]);
    const { dataset, classes } = textClassification(
      ["good good film", "bad"],
      ["yes", "no"],
      tokenizer,
      { length: 2 },
    );
    expect(classes).toEqual(["no", "yes"]);
    expect([...dataset.read("ids", [0, 1]).data]).toEqual([2, 2, 4, 0]);
    expect([...dataset.read("lengths", [0, 1]).data]).toEqual([2, 1]);
    expect([...dataset.read("labels", [0, 1]).data]).toEqual([1, 0]);
    expect(failure(() => textClassification(["a"], [], tokenizer)).message).toMatch(/0 labels/);
    const few = { classes: ["no"] };
    expect(failure(() => textClassification(["a"], ["yes"], tokenizer, few)).message).toMatch(
      /none of the 1 classes/,
    );
  });
});
