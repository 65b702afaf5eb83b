// Tokenizers read from files do what Hugging Face's package does with them, on texts that are hard: emoji, scripts without
// spaces, runs of white space, contractions. What is not known in a file is refused by name.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer } from "../../src/data/text/tokenizer.ts";
import type { ChainruleError } from "../../src/index.ts";
import { failure } from "../nn/failure.ts";

interface Expected {
  readonly file: Record<string, unknown>;
  readonly ids: readonly number[][];
  readonly decoded: readonly string[];
  readonly kept: readonly string[];
  readonly batch: readonly number[][];
  readonly mask: readonly number[][];
  readonly pair: readonly number[];
  readonly pairTypes: readonly number[];
}

// Made by fixtures/tokenizers.py with tokenizers 0.23.2.
const fixture = new URL("./fixtures/tokenizers.json.gz", import.meta.url);
const { texts, tokenizers } = JSON.parse(gunzipSync(readFileSync(fixture)).toString("utf8")) as {
  readonly texts: readonly string[];
  readonly tokenizers: Readonly<Record<string, Expected>>;
};
const isCut = (name: string): boolean => name.startsWith("cut");
/** Its own text of a token is the normalized one in tokenizers 0.23; here it is the one of the file. */
const ownDecoding = new Set(["addednorm"]);

describe.each(Object.entries(tokenizers))("tokenizer %s", (name, expected) => {
  const tokenizer = loadTokenizer(expected.file);

  it.skipIf(isCut(name))("encodes as Hugging Face's", () => {
    for (const [k, text] of texts.entries()) {
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(expected.ids[k]);
    }
  });

  it.skipIf(isCut(name))("encodes pairs", () => {
    expect([...tokenizer.encode(texts[1], { pair: texts[4] })]).toEqual(expected.pair);
  });

  it("decodes as Hugging Face's", () => {
    for (const [k, ids] of expected.ids.entries()) {
      if (ownDecoding.has(name)) continue;
      expect(tokenizer.decode(ids), `${k}`).toBe(expected.decoded[k]);
      expect(tokenizer.decode(ids, { skipSpecialTokens: false }), `${k}`).toBe(expected.kept[k]);
    }
  });

  it("writes what it was read from", () => {
    const again = loadTokenizer(JSON.stringify(tokenizer));
    expect([...again.encode(texts[3])]).toEqual([...tokenizer.encode(texts[3])]);
    expect(JSON.parse(JSON.stringify(tokenizer))).toEqual(expected.file);
  });
});

describe("rows of one length", () => {
  it.each(["cut", "cutleft"])("%s: cuts and fills up as the file says", (name) => {
    const { file, batch, mask } = tokenizers[name];
    const rows = loadTokenizer(file).encodeBatch(texts.slice(1, 6));
    expect(rows.ids.shape).toEqual([5, batch[0].length]);
    expect([...rows.ids.data]).toEqual(batch.flat());
    expect([...rows.attentionMask.data]).toEqual(mask.flat());
  });

  it("cuts the longer of a pair", () => {
    const { file, pair, pairTypes } = tokenizers.cut;
    const rows = loadTokenizer(file).encodeBatch([texts[1]], { pairs: [texts[4]] });
    expect([...rows.ids.data]).toEqual(pair);
    expect([...rows.typeIds.data]).toEqual(pairTypes);
  });

  const gpt2 = (): Tokenizer => loadTokenizer(tokenizers.bert.file);

  it("takes lengths and sides from the caller", () => {
    const rows = gpt2().encodeBatch(["the king", "a"], { length: 5, paddingSide: "left" });
    expect(rows.ids.shape).toEqual([2, 5]);
    expect(rows.ids.data[4]).toBe(3); // the end token is kept
    expect(rows.attentionMask.data.slice(5)).toEqual(Uint8Array.of(0, 0, 1, 1, 1));
    expect([...rows.lengths.data]).toEqual([5, 3]);
    const free = gpt2().encodeBatch(["the king", "a"], { addSpecialTokens: false, maxLength: 1 });
    expect([...free.lengths.data]).toEqual([1, 1]);
  });

  it("refuses rows that nothing fills up", () => {
    const llama = loadTokenizer(tokenizers.llama2.file);
    const error = failure(() => llama.encodeBatch(["a", "a longer one"]));
    expect(error.message).toMatch(/no token is known that fills rows up.*padId/);
    expect(llama.encodeBatch(["a", "a b"], { padId: 0 }).ids.shape[0]).toBe(2);
    expect(failure(() => llama.encodeBatch(["a"], { pairs: [] })).code).toBe("BAD_ARGUMENT");
    expect(failure(() => llama.encodeBatch(["a"], { length: 0 })).code).toBe("BAD_ARGUMENT");
    expect(failure(() => llama.encodeBatch(["a"], { max: 3 } as never)).message).toMatch(/option/);
  });
});

describe("SentencePiece's table of characters", () => {
  /** A double-array trie of some texts, each node's children in 256 places of their own, and what they become. */
  const tableOf = (entries: readonly (readonly [string, string])[]): string => {
    const texts = Buffer.from(entries.map(([, to]) => `${to}\0`).join(""));
    const starts = entries.map((_, k) => {
      const before = entries.slice(0, k).map(([, to]) => `${to}\0`);
      return Buffer.byteLength(before.join(""));
    });
    const units: number[] = [];
    let free = 0;
    const place = (
      at: number,
      label: number,
      keys: readonly (readonly [Buffer, number])[],
    ): void => {
      const base = free++ * 256;
      const ended = keys.find(([rest]) => rest.length === 0);
      units[at] = (((at ^ base) << 10) | (ended === undefined ? 0 : 0x100) | label) >>> 0;
      if (ended !== undefined) units[base] = (ended[1] | 0x80000000) >>> 0;
      const going = keys.filter(([rest]) => rest.length > 0);
      for (const byte of new Set(going.map(([rest]) => rest[0]))) {
        const below = going.filter(([rest]) => rest[0] === byte);
        place(
          base ^ byte,
          byte,
          below.map(([rest, start]) => [rest.subarray(1), start] as const),
        );
      }
    };
    free = 1; // the root's unit is alone in the first block
    place(
      0,
      0,
      entries.map(([from], k) => [Buffer.from(from), starts[k]] as const),
    );
    const size = 256 * free;
    const bytes = Buffer.alloc(4 + 4 * size);
    bytes.writeUInt32LE(4 * size, 0);
    for (const [k, unit] of units.entries()) bytes.writeUInt32LE(unit ?? 0, 4 + 4 * k);
    return Buffer.concat([bytes, texts]).toString("base64");
  };

  it("replaces characters and short runs of them", () => {
    const precompiled_charsmap = tableOf([
      ["ﬁ", "fi"],
      ["①", "1"],
      ["e\u0301", "é"],
      ["\u200b", ""],
    ]);
    const { words } = tokenizers;
    const tokenizer = loadTokenizer({
      ...words.file,
      normalizer: { type: "Precompiled", precompiled_charsmap },
      pre_tokenizer: null,
      model: { type: "WordLevel", vocab: { "fix é1o": 7, "<unk>": 0 }, unk_token: "<unk>" },
      added_tokens: [],
    });
    expect([...tokenizer.encode("ﬁx e\u0301①\u200bo")]).toEqual([7]);
    expect([...tokenizer.encode("ﬁx e①o")]).toEqual([0]);
  });
});

describe("what is refused", () => {
  const template = (single: readonly string[], pair: readonly string[]): object => {
    const steps = (names: readonly string[]): object[] =>
      names.map((id) => ({ Sequence: { id, type_id: 0 } }));
    const texts = { single: steps(single), pair: steps(pair) };
    return { type: "TemplateProcessing", ...texts, special_tokens: {} };
  };
  const bert = tokenizers.bert.file;
  const model = tokenizers.words.file.model as object;
  const refusal = (changes: object): ChainruleError =>
    failure(() => loadTokenizer({ ...bert, ...changes }));

  it.each([
    [{ normalizer: { type: "Nmt" } }, "Nmt"],
    [{ pre_tokenizer: { type: "UnicodeScripts" } }, "UnicodeScripts"],
    [{ decoder: { type: "CTC" } }, "CTC"],
    [{ decoder: { type: "constructor" } }, "constructor"],
    [{ post_processor: { type: "New" } }, "New"],
    [{ model: { ...model, type: "Neural" } }, "Neural"],
    [{ model: { ...model, temperature: 1 } }, "temperature"],
    [{ normalizer: { type: "NFC", strict: true } }, "strict"],
    [{ language: "sv" }, "language"],
    [{ model: { type: "BPE", vocab: {}, merges: [], dropout: 0.1 } }, "dropout"],
  ])("%#: what is not known, by name", (changes, name) => {
    const error = refusal(changes);
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain(name);
  });

  it.each([
    ["(a+)+b", "exponential"],
    ["(?:a|a)*b", "exponential"],
    ["(?:a?a){20}b", "exponential"],
    ["(?:(?:a|a){4}){4}", "exponential"],
    ["(?>a)", "group"],
    ["(a)\\1", "\\1"],
    ["a**", "a repetition of a repetition"],
    ["[a-z&&[^b]]", "intersection"],
    ["[a", "without an end"],
    ["(a", "without an end"],
    ["a)", "too many"],
    ["\\p{Klingon}", "Klingon"],
    ["a".repeat(5000), "5000 characters"],
  ])("the pattern %j", (Regex, what) => {
    const cutter = { type: "Split", pattern: { Regex }, behavior: "Isolated" };
    const error = refusal({ pre_tokenizer: cutter });
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain(what);
  });

  const deep = Array.from({ length: 40 }).reduce<object>(
    (inner) => ({ type: "Sequence", normalizers: [inner] }),
    { type: "NFC" },
  );
  it.each([
    [{ model: null }, "model"],
    [{ model: { type: "BPE", vocab: { a: 0 }, merges: ["a b"] } }, '"b"'],
    [{ model: { type: "BPE", vocab: { a: 0 }, merges: [3] } }, "two tokens"],
    [{ model: { type: "BPE", vocab: { a: -1 }, merges: [] } }, "-1"],
    [{ model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "u" } }, '"u"'],
    [{ model: { type: "Unigram", vocab: [["a"]], unk_id: 0 } }, "score"],
    [{ model: { type: "Unigram", vocab: [["a", 0]], unk_id: 4 } }, "unk_id"],
    [{ normalizer: deep }, "deeper"],
    [{ post_processor: template(["A", "B"], ["A", "B"]) }, "single is a template for A alone"],
    [{ post_processor: template(["A"], ["B"]) }, "pair is a template for A and B"],
    [{ normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA/////w==" } }, "trie"],
    [{ normalizer: { type: "Precompiled", precompiled_charsmap: "é" } }, "base64"],
    [{ added_tokens: [{ id: 0.5, content: "" }] }, "added_tokens[0]"],
    [{ truncation: { max_length: "9" } }, "max_length"],
    [{ padding: { strategy: "Shortest", pad_id: 0 } }, "strategy"],
  ])("%#: what cannot be", (changes, name) => {
    const error = refusal(changes);
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toContain(name);
  });

  it("what is no tokenizer, no text and no token", () => {
    for (const source of ["{", "[]", "3", "null"]) {
      expect(failure(() => loadTokenizer(source)).code).toBe("BAD_FILE");
    }
    const tokenizer = loadTokenizer(bert);
    for (const text of [3, null, ["a"]]) {
      expect(failure(() => tokenizer.encode(text as never)).code).toBe("BAD_ARGUMENT");
    }
    for (const id of [-1, 1e9, 0.5, Number.NaN]) {
      expect(failure(() => tokenizer.decode([id])).message).toMatch(/is no token/);
    }
    expect(failure(() => tokenizer.encode("a".repeat(2 ** 26 + 1))).message).toMatch(/Cut it/);
  });
});
