// Graph passes: text before, text after.

import { beforeAll, test } from "vitest";
import { prepareContractions } from "../../src/compiler/1-graph/contractions.ts";
import { shareEqual } from "../../src/compiler/1-graph/cse.ts";
import { inline } from "../../src/compiler/1-graph/inline.ts";
import { inBlocks } from "../../src/compiler/1-graph/long-sums.ts";
import { simplify } from "../../src/compiler/1-graph/simplify.ts";
import { rewrite } from "../../src/ir/graph.ts";
import "../../src/ops/methods.ts";
import { check } from "./check-text.ts";
import { installTestEngine } from "./machine.ts";

beforeAll(installTestEngine);

test("inline removes aliases", () => {
  check(
    inline,
    `%0 = argument : float32[3]
     %1 = stopGradient %0 : float32[3]
     %2 = neg %1 : float32[3]
     return %2, %1`,
    `%0 = argument : float32[3]
     %1 = neg %0 : float32[3]
     return %1, %0`,
  );
});

test("equal nodes are one, whichever way a commutative op is written", () => {
  check(
    shareEqual,
    `%0 = argument : float32[3]
     %1 = argument : float32[3]
     %2 = add %0 %1 : float32[3]
     %3 = add %1 %0 : float32[3]
     %4 = sub %2 %1 : float32[3]
     %5 = sub %3 %1 : float32[3]
     %6 = sub %1 %3 : float32[3]
     return %4, %5, %6`,
    `%0 = argument : float32[3]
     %1 = argument : float32[3]
     %2 = add %0 %1 : float32[3]
     %3 = sub %2 %1 : float32[3]
     %4 = sub %1 %2 : float32[3]
     return %3, %3, %4`,
  );
});

const one = `%0 = argument : float32[2, 3]
  %1 = literal {"dtype":"float32","value":1} : float32[]
  %2 = broadcast %1 {"shape":[2,3]} : float32[2, 3]`;
const zero = one.replace('"value":1', '"value":0');

test.each([
  ["x · 1", `${one}\n %3 = mul %0 %2 : float32[2, 3]`],
  ["1 · x", `${one}\n %3 = mul %2 %0 : float32[2, 3]`],
  ["x / 1", `${one}\n %3 = div %0 %2 : float32[2, 3]`],
  ["x + 0", `${zero}\n %3 = add %0 %2 : float32[2, 3]`],
  ["x − 0", `${zero}\n %3 = sub %0 %2 : float32[2, 3]`],
  [
    "−−x",
    "%0 = argument : float32[2, 3]\n %1 = neg %0 : float32[2, 3]\n %3 = neg %1 : float32[2, 3]",
  ],
  [
    "transpose of transpose",
    `%0 = argument : float32[2, 3]
     %1 = permute %0 {"axes":[1,0]} : float32[3, 2]
     %3 = permute %1 {"axes":[1,0]} : float32[2, 3]`,
  ],
  [
    "reshape there and back",
    `%0 = argument : float32[2, 3]
     %1 = reshape %0 {"shape":[6]} : float32[6]
     %3 = reshape %1 {"shape":[2,3]} : float32[2, 3]`,
  ],
  [
    "sum over a length of 1",
    `%0 = argument : float32[2, 3]
     %1 = reshape %0 {"shape":[2,1,3]} : float32[2, 1, 3]
     %2 = sum %1 {"axes":[1]} : float32[2, 1, 3]
     %3 = reshape %2 {"shape":[2,3]} : float32[2, 3]`,
  ],
  ["flip of nothing", '%0 = argument : float32[2, 3]\n %3 = flip %0 {"axes":[]} : float32[2, 3]'],
])("%s is x", (_, before) => {
  check(simplify, `${before}\n return %3`, "%0 = argument : float32[2, 3]\n return %0");
});

test("x · 0 stays for floats, which may be infinite, and is 0 for whole numbers", () => {
  const text = (dtype: string): string =>
    `%0 = argument : ${dtype}[2]
     %1 = literal {"dtype":"${dtype}","value":0} : ${dtype}[]
     %2 = broadcast %1 {"shape":[2]} : ${dtype}[2]
     %3 = mul %0 %2 : ${dtype}[2]
     return %3`;
  check(simplify, text("float32"), text("float32"));
  check(
    simplify,
    text("int32"),
    `%0 = argument : int32[2]
     %1 = literal {"dtype":"int32","value":0} : int32[]
     %2 = broadcast %1 {"shape":[2]} : int32[2]
     return %2`,
  );
});

test("functions of numbers are computed and rounded as the type rounds", () => {
  check(
    simplify,
    `%0 = literal {"dtype":"float32","value":0.1} : float32[]
     %1 = literal {"dtype":"float32","value":0.2} : float32[]
     %2 = add %0 %1 : float32[]
     %3 = literal {"dtype":"int32","value":2147483647} : int32[]
     %4 = add %3 %3 : int32[]
     %5 = cast %2 {"dtype":"bool"} : bool[]
     return %2, %4, %5`,
    `%0 = literal {"dtype":"float32","value":${Math.fround(Math.fround(0.1) + Math.fround(0.2))}} : float32[]
     %1 = literal {"dtype":"int32","value":-2} : int32[]
     %2 = literal {"dtype":"bool","value":1} : bool[]
     return %0, %1, %2`,
  );
});

test("a division by a power of two is a product; by another number it stays", () => {
  check(
    simplify,
    `%0 = argument : float32[]
     %1 = literal {"dtype":"float32","value":8} : float32[]
     %2 = literal {"dtype":"float32","value":10} : float32[]
     %3 = div %0 %1 : float32[]
     %4 = div %3 %2 : float32[]
     return %4`,
    `%0 = argument : float32[]
     %1 = literal {"dtype":"float32","value":0.125} : float32[]
     %2 = mul %0 %1 : float32[]
     %3 = literal {"dtype":"float32","value":10} : float32[]
     %4 = div %2 %3 : float32[]
     return %4`,
  );
});

test("a sum over repeated elements is a product", () => {
  check(
    simplify,
    `%0 = argument : float32[3]
     %1 = broadcast %0 {"shape":[5,3]} : float32[5, 3]
     %2 = sum %1 {"axes":[0,1]} : float32[1, 1]
     return %2`,
    `%0 = argument : float32[3]
     %1 = broadcast %0 {"shape":[1,3]} : float32[1, 3]
     %2 = sum %1 {"axes":[1]} : float32[1, 1]
     %3 = literal {"dtype":"float32","value":5} : float32[]
     %4 = broadcast %3 {"shape":[1,1]} : float32[1, 1]
     %5 = mul %2 %4 : float32[1, 1]
     return %5`,
  );
});

test("reductions of nothing are numbers", () => {
  check(
    simplify,
    `%0 = argument : float32[0, 2]
     %1 = sum %0 {"axes":[0]} : float32[1, 2]
     return %1`,
    `%0 = argument : float32[0, 2]
     %1 = literal {"dtype":"float32","value":0} : float32[]
     %2 = broadcast %1 {"shape":[1,2]} : float32[1, 2]
     return %2`,
  );
});

test("an outer product is a multiplication", () => {
  check(
    prepareContractions,
    `%0 = argument : float32[40]
     %1 = argument : float32[50]
     %2 = contract %0 %1 {"batch":[],"contract":[]} : float32[40, 50]
     return %2`,
    `%0 = argument : float32[40]
     %1 = argument : float32[50]
     %2 = reshape %0 {"shape":[40,1]} : float32[40, 1]
     %3 = broadcast %2 {"shape":[40,50]} : float32[40, 50]
     %4 = reshape %1 {"shape":[1,50]} : float32[1, 50]
     %5 = broadcast %4 {"shape":[40,50]} : float32[40, 50]
     %6 = mul %3 %5 : float32[40, 50]
     return %6`,
  );
});

test("an operand whose axes have no common stride stays as it is", () => {
  check(
    prepareContractions,
    `%0 = argument : float32[8, 10, 9]
     %1 = argument : float32[10, 20]
     %2 = contract %0 %1 {"batch":[],"contract":[[1,0]]} : float32[8, 9, 20]
     return %2`,
    `%0 = argument : float32[8, 10, 9]
     %1 = argument : float32[10, 20]
     %2 = contract %0 %1 {"batch":[],"contract":[[1,0]]} : float32[8, 9, 20]
     return %2`,
  );
});

test("a long sum is taken in blocks, and a rest", () => {
  check(
    (graph) => rewrite(graph, inBlocks),
    `%0 = argument : float32[20001, 2]
     %1 = sum %0 {"axes":[0]} : float32[1, 2]
     %2 = sum %0 {"axes":[1]} : float32[20001, 1]
     return %1, %2`,
    `%0 = argument : float32[20001, 2]
     %1 = unfold %0 {"axis":0,"size":339,"step":339} : float32[59, 2, 339]
     %2 = sum %1 {"axes":[2]} : float32[59, 2, 1]
     %3 = reshape %2 {"shape":[59,2]} : float32[59, 2]
     %4 = sum %3 {"axes":[0]} : float32[1, 2]
     %5 = sum %0 {"axes":[1]} : float32[20001, 1]
     return %4, %5`,
  );
  check(
    (graph) => rewrite(graph, inBlocks),
    `%0 = argument : float32[20011]
     %1 = sum %0 {"axes":[0]} : float32[1]
     return %1`,
    `%0 = argument : float32[20011]
     %1 = unfold %0 {"axis":0,"size":512,"step":512} : float32[39, 512]
     %2 = sum %1 {"axes":[1]} : float32[39, 1]
     %3 = reshape %2 {"shape":[39]} : float32[39]
     %4 = sum %3 {"axes":[0]} : float32[1]
     %5 = slice %0 {"sizes":[43],"starts":[19968],"steps":[1]} : float32[43]
     %6 = sum %5 {"axes":[0]} : float32[1]
     %7 = add %4 %6 : float32[1]
     return %7`,
  );
});
