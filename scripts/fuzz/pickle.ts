import fc from "fast-check";
import { decodeTorch } from "../../src/formats/torch.ts";
import { readZip } from "../../src/formats/zip.ts";
import { writeZip } from "../../src/formats/zip-write.ts";
import { fixture } from "./engine/fixtures.ts";
import type { FuzzTarget } from "./engine/target.ts";

const files = ["mlp.pt", "checkpoint.pt", "checkpoint-4.pt"];
const pickles = files.map((file) => {
  const entries = [...readZip(fixture(file), file)];
  return Uint8Array.from(entries.find(([name]) => name.endsWith("data.pkl"))![1].unpack());
});
const storages = [...readZip(fixture("checkpoint.pt"), "checkpoint.pt")].flatMap(
  ([name, entry]) => {
    const key = /data\/(\d+)$/.exec(name)?.[1];
    return key === undefined ? [] : ([[`a/data/${key}`, Uint8Array.from(entry.unpack())]] as const);
  },
);
const instruction = fc.oneof(
  fc.constantFrom(..."(01234.NKMJILFGSTUVXBC]lae)t}dsucRbPQioghjpqr"),
  fc.constantFrom(
    ...[
      "ctorch._utils\n_rebuild_tensor_v2\n",
      "ctorch\nFloatStorage\n",
      "ccollections\nOrderedDict\n",
    ],
    ...["ccollections\ndefaultdict\n", "cos\nsystem\n", "c__builtin__\nset\n", "ctorch\nSize\n"],
    ...["X\x07\x00\x00\x00storage", "X\x01\x00\x00\x000", "K\x02", "\x86", "\x85", "\x87", "h\x00"],
    ...[
      "q\x00",
      "\x94",
      "\x8f",
      "\x90",
      "\x91",
      "\x81",
      "\x93",
      "\x8a\x02\xff\x7f",
      "I12\n",
      "F1.5\n",
    ],
  ),
);

const target: FuzzTarget = {
  parse: (bytes) => decodeTorch(archiveOf(bytes), "x", { maxBytes: 2 ** 22 }),
  seeds: pickles,
  structured: fc
    .array(instruction, { maxLength: 60 })
    .map((parts) =>
      Uint8Array.from(`\x80\x02${parts.join("")}.`, (letter) => letter.charCodeAt(0)),
    ),
  words: [
    ...[
      "ctorch._utils\n_rebuild_tensor_v2\n",
      "ctorch\nHalfStorage\n",
      "ccollections\nOrderedDict\n",
    ],
    ...["cos\nsystem\n", "(t", "2s", "}s", "]a", "h\x00", "K\x00", "\x86", "R", "b", "Q"],
  ],
  memory: (bytes) => 4 * bytes + 2 ** 23,
};
export default target;

function archiveOf(pickle: Uint8Array): Uint8Array {
  return writeZip(new Map([["a/data.pkl", pickle], ...storages]), { compress: false });
}
