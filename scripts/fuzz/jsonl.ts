import { readJsonl } from "../../src/data/read/jsonl.ts";
import type { FuzzTarget } from "./engine/target.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

const target: FuzzTarget = {
  parse: (bytes) => readJsonl(bytes, { maxBytes: 2 ** 20 }),
  seeds: [
    text('{"a":1,"b":"x"}\n{"a":2.5,"b":null}\r\n\n{"b":"y","c":true}\n'),
    text('\uFEFF{"__proto__":1}\n{"constructor":"2020-01-02"}'),
    text('{"a":[1,{}]}\n'),
  ],
  words: ["{}", "[", '"', "\n", "null", "1e999", '"__proto__":', "\\ud800"],
  memory: (bytes) => 16 * bytes + 2 ** 20,
};
export default target;
