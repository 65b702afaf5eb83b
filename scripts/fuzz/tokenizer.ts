import fc from "fast-check";
import { loadTokenizer } from "../../src/data/text/tokenizer.ts";
import { bpeTokenizer, characterTokenizer, wordTokenizer } from "../../src/data/text/training.ts";
import type { FuzzTarget } from "./engine/target.ts";

const decoder = new TextDecoder();
const bytesOf = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content));

const hard = "Hello,  wörld <s> don’t 12 日本語 👍🏽\ta\n";

/** Reads a file, and uses what it describes. */
function parse(bytes: Uint8Array): string {
  const tokenizer = loadTokenizer(decoder.decode(bytes));
  const ids = tokenizer.encode(hard, { pair: "a" });
  tokenizer.encodeBatch([hard, "a"], { padId: 0, maxLength: 8 });
  return tokenizer.decode(ids);
}

const vocab = { "<unk>": 0, a: 1, b: 2, ab: 3, "▁": 4, "##a": 5, "<0x0A>": 6 };
const models = [
  { type: "BPE", vocab, merges: ["a b"], unk_token: "<unk>", fuse_unk: true, byte_fallback: true },
  { type: "WordPiece", vocab, unk_token: "<unk>", max_input_chars_per_word: 9 },
  { type: "WordLevel", vocab, unk_token: "<unk>" },
  { type: "Unigram", vocab: Object.keys(vocab).map((token) => [token, -1]), unk_id: 0 },
];
const pattern = fc.oneof(
  fc.record({ String: fc.string() }),
  fc.record({
    Regex: fc
      .array(fc.constantFrom(..."ab.*+?()[]{}|^$\\-,13", "\\s", "\\p{L}", "(?i:", "(?!", "[^"), {
        maxLength: 12,
      })
      .map((parts) => parts.join("")),
  }),
);
const cutter = fc.oneof(
  fc.record({
    type: fc.constant("Split"),
    pattern,
    behavior: fc.constantFrom("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext"),
    invert: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("Metaspace"),
    replacement: fc.string({ maxLength: 2 }),
    prepend_scheme: fc.constantFrom("always", "first", "never"),
    split: fc.boolean(),
  }),
  fc.record({ type: fc.constantFrom("ByteLevel", "Whitespace", "BertPreTokenizer", "Digits") }),
);
const normalizer = fc.oneof(
  fc.record({
    type: fc.constantFrom("NFC", "NFKD", "Lowercase", "BertNormalizer", "StripAccents"),
  }),
  fc.record({ type: fc.constant("Replace"), pattern, content: fc.string({ maxLength: 3 }) }),
  fc.record({
    type: fc.constant("Precompiled"),
    precompiled_charsmap: fc
      .uint8Array({ minLength: 8, maxLength: 80 })
      .map((bytes) => Buffer.from([4 * (bytes.length % 16), 0, 0, 0, ...bytes]).toString("base64")),
  }),
);
const added = fc.record({
  id: fc.nat(20),
  content: fc.constantFrom("a", "<s>", "", "wö", "👍"),
  single_word: fc.boolean(),
  lstrip: fc.boolean(),
  rstrip: fc.boolean(),
  normalized: fc.boolean(),
  special: fc.boolean(),
});

const target: FuzzTarget = {
  parse,
  seeds: [
    ...[bpeTokenizer, characterTokenizer, wordTokenizer].map((make) =>
      bytesOf(
        make("to be or not to be", {
          eosToken: "<s>",
          ...(make === bpeTokenizer && { byteLevel: false }),
        }),
      ),
    ),
    ...models.map((model) =>
      bytesOf({ model, decoder: { type: "ByteFallback" }, padding: { pad_id: 0 } }),
    ),
  ],
  structured: fc
    .record({
      model: fc.constantFrom(...models),
      normalizer: fc.option(normalizer),
      pre_tokenizer: fc.option(cutter),
      added_tokens: fc.array(added, { maxLength: 3 }),
      truncation: fc.option(
        fc.record({ max_length: fc.nat(5), direction: fc.constantFrom("Left", "Right") }),
      ),
    })
    .map(bytesOf),
  words: ['"type":', '"Sequence"', '"vocab":', "null", "{}", "[]", "-1", "1e99", '"Regex":"(a+)+"'],
  memory: (bytes) => 64 * bytes + 2 ** 20,
};
export default target;
