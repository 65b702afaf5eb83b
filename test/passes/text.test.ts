// The text form of graphs: what it looks like, what it refuses; and the verifier.

import { beforeAll, expect, test } from "vitest";
import { argumentLeaf } from "../../src/ir/argument.ts";
import { opNamed } from "../../src/ir/op.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { Tensor } from "../../src/ir/tensor.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import "../../src/ops/methods.ts";
import { installTestEngine } from "./machine.ts";

beforeAll(installTestEngine);

const text = `graph
  %0 = argument : float32[2, 3]
  %1 = argument : float32[3, 4]
  %2 = contract %0 %1 {"batch":[],"contract":[[1,0]]} : float32[2, 4]
  %3 = literal {"dtype":"float32","value":-0} : float32[]
  %4 = broadcast %3 {"shape":[2,3]} : float32[2, 3]
  %5 = add %0 %4 : float32[2, 3]
  return %2
  write %0 <- %5
`;

test("print → parse → print", () => {
  expect(printGraph(parseGraph(text))).toBe(text);
  expect(Object.is(parseGraph(text).writes[0].value.inputs[1].inputs[0].attributes.value, -0)).toBe(
    true,
  );
});

test.each([
  ["", 1],
  ["graph\n %0 = argument : float33[2]", 2],
  ["graph\n %0 = neg %1 : float32[2]", 2],
  ["graph\n %0 = argument : float32[2]\n %1 = neg %0 : float32[3]", 3],
  ["graph\n %0 = argument : float32[2]\n %0 = neg %0 : float32[2]", 3],
  ["graph\n %0 = argument : float32[2]\n %1 = neg %0 : float32[2]\n write %1 <- %0", 4],
  ["graph\n %0 = argument : float32[2]\n %1 = sum %0 {axes} : float32[1]", 3],
  ["graph\n rubbish", 2],
])("malformed text %j is an error at its line", (malformed, line) => {
  expect(() => parseGraph(malformed)).toThrowError(
    expect.objectContaining({ code: "PARSE", detail: expect.objectContaining({ line }) }),
  );
});

test("an unknown op is a parse error", () => {
  expect(() => parseGraph("graph\n %0 = nonsense : float32[]")).toThrowError(
    expect.objectContaining({ code: "PARSE" }),
  );
});

test("the verifier finds wrong types, loose leaves and writes that do not fit", () => {
  const x = argumentLeaf({ shape: [2], dtype: "float32" });
  const wrong = new Tensor(opNamed("neg"), [x], {}, { shape: [3], dtype: "float32" });
  const refused = expect.objectContaining({ code: "INTERNAL" });
  expect(() => verifyGraph({ arguments: [x], outputs: [wrong], writes: [] })).toThrowError(refused);
  expect(() => verifyGraph({ arguments: [], outputs: [x.neg()], writes: [] })).toThrowError(
    refused,
  );
  expect(() =>
    verifyGraph({ arguments: [x], outputs: [], writes: [{ argument: 0, value: x.sum() }] }),
  ).toThrowError(refused);
  expect(() => verifyGraph({ arguments: [x, x], outputs: [], writes: [] })).toThrowError(refused);
});
