import "../../src/index.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import type { FuzzTarget } from "./engine/target.ts";

const text = `graph
  %0 = argument : float32[2, 3]
  %1 = argument : float32[2, 3]
  %2 = mul %0 %1 : float32[2, 3]
  %3 = relu %2 : float32[2, 3]
  %4 = sum %3 {"axes":[0,1]} : float32[1, 1]
  %5 = reshape %4 {"shape":[]} : float32[]
  %6 = literal {"dtype":"float32","value":0} : float32[]
  %7 = broadcast %6 {"shape":[2,3]} : float32[2, 3]
  return %5, %7
`;
const utf8 = (source: string): Uint8Array => new TextEncoder().encode(source);

const target: FuzzTarget = {
  parse: (bytes) => parseGraph(new TextDecoder().decode(bytes)),
  seeds: [utf8(text), utf8("graph\n  %0 = argument : int32[]\n  return %0\n")],
  words: [
    "%0",
    " = exp %0 : float32[2, 3]\n",
    "concatenate",
    '{"axis":0}',
    "int32[",
    "gather",
    "[]",
    "{",
    "null",
  ],
};
export default target;
