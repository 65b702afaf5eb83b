// Passes over sums of many terms: paddings put side by side, and like products made one.

import { beforeAll, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { batchProducts } from "../../src/compiler/1-graph/batch-products.ts";
import { joinPaddings } from "../../src/compiler/1-graph/join-paddings.ts";
import { stackTerms } from "../../src/compiler/1-graph/stack-terms.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { concatenate, stack } from "../../src/ops/concatenate.ts";
import { zeros } from "../../src/ops/leaf.ts";
import { check } from "./check-text.ts";
import { checkGraph, installTestEngine } from "./machine.ts";

beforeAll(installTestEngine);

test("paddings that do not overlap are put side by side, zeros in the gaps", () => {
  check(
    joinPaddings,
    `%0 = argument : float32[2, 2]
     %1 = argument : float32[2, 3]
     %2 = argument : float32[2, 8]
     %3 = pad %0 {"padding":[[0,0],[5,1]],"value":0} : float32[2, 8]
     %4 = pad %1 {"padding":[[0,0],[1,4]],"value":0} : float32[2, 8]
     %5 = add %3 %2 : float32[2, 8]
     %6 = add %5 %4 : float32[2, 8]
     return %6`,
    `%0 = argument : float32[2, 2]
     %1 = argument : float32[2, 3]
     %2 = argument : float32[2, 8]
     %3 = literal {"dtype":"float32","value":0} : float32[]
     %4 = broadcast %3 {"shape":[2,1]} : float32[2, 1]
     %5 = literal {"dtype":"float32","value":0} : float32[]
     %6 = broadcast %5 {"shape":[2,1]} : float32[2, 1]
     %7 = literal {"dtype":"float32","value":0} : float32[]
     %8 = broadcast %7 {"shape":[2,1]} : float32[2, 1]
     %9 = concatenate %4 %1 %6 %0 %8 {"axis":1} : float32[2, 8]
     %10 = add %2 %9 : float32[2, 8]
     return %10`,
  );
});

const twoPads = (first: string, second: string, shape = "2, 8"): string =>
  `%0 = argument : float32[2, 3]
   %1 = pad %0 {"padding":${first}} : float32[${shape}]
   %2 = pad %0 {"padding":${second}} : float32[${shape}]
   %3 = add %1 %2 : float32[${shape}]
   return %3`;

test.each([
  ["overlap", twoPads('[[0,0],[0,5]],"value":0', '[[0,0],[2,3]],"value":0')],
  [
    "are few on a long axis",
    twoPads('[[0,0],[0,13]],"value":0', '[[0,0],[3,10]],"value":0', "2, 16"),
  ],
  ["are not of zeros", twoPads('[[0,0],[0,5]],"value":0', '[[0,0],[3,2]],"value":1')],
  ["go along two axes", twoPads('[[0,2],[0,3]],"value":0', '[[2,0],[3,0]],"value":0', "4, 6")],
  [
    "are added for another user too",
    `%0 = argument : float32[2, 3]
     %1 = argument : float32[2, 6]
     %2 = pad %0 {"padding":[[0,0],[0,3]],"value":0} : float32[2, 6]
     %3 = add %2 %1 : float32[2, 6]
     %4 = pad %0 {"padding":[[0,0],[3,0]],"value":0} : float32[2, 6]
     %5 = add %3 %4 : float32[2, 6]
     return %3, %5`,
  ],
])("paddings that %s stay", (_, text) => {
  check(joinPaddings, text, text);
});

const product = '{"batch":[],"contract":[[0,0]]}';

test("like products are one: slices are read where they lie, in their order, and others are stacked", () => {
  const slice = (start: number): string => `{"sizes":[2,8],"starts":[0,${start}],"steps":[1,1]}`;
  check(
    stackTerms,
    `%0 = argument : float32[2, 32]
     %1 = argument : float32[2, 8]
     %2 = argument : float32[2, 8]
     %3 = argument : float32[2, 8]
     %4 = argument : float32[2, 8]
     %5 = argument : float32[8, 8]
     %6 = slice %0 ${slice(24)} : float32[2, 8]
     %7 = contract %6 %1 ${product} : float32[8, 8]
     %8 = slice %0 ${slice(16)} : float32[2, 8]
     %9 = contract %8 %2 ${product} : float32[8, 8]
     %10 = add %7 %9 : float32[8, 8]
     %11 = add %10 %5 : float32[8, 8]
     %12 = slice %0 ${slice(8)} : float32[2, 8]
     %13 = contract %12 %3 ${product} : float32[8, 8]
     %14 = add %11 %13 : float32[8, 8]
     %15 = slice %0 ${slice(0)} : float32[2, 8]
     %16 = contract %15 %4 ${product} : float32[8, 8]
     %17 = add %14 %16 : float32[8, 8]
     return %17`,
    `%0 = argument : float32[2, 32]
     %1 = argument : float32[2, 8]
     %2 = argument : float32[2, 8]
     %3 = argument : float32[2, 8]
     %4 = argument : float32[2, 8]
     %5 = argument : float32[8, 8]
     %6 = reshape %0 {"shape":[2,4,8]} : float32[2, 4, 8]
     %7 = permute %6 {"axes":[1,0,2]} : float32[4, 2, 8]
     %8 = reshape %4 {"shape":[1,2,8]} : float32[1, 2, 8]
     %9 = reshape %3 {"shape":[1,2,8]} : float32[1, 2, 8]
     %10 = reshape %2 {"shape":[1,2,8]} : float32[1, 2, 8]
     %11 = reshape %1 {"shape":[1,2,8]} : float32[1, 2, 8]
     %12 = concatenate %8 %9 %10 %11 {"axis":0} : float32[4, 2, 8]
     %13 = contract %7 %12 {"batch":[],"contract":[[0,0],[1,1]]} : float32[8, 8]
     %14 = add %5 %13 : float32[8, 8]
     return %14`,
  );
});

test("sums read the part of a concatenation that holds their terms; the rest stays", () => {
  const before = `%0 = argument : float32[2, 3]
     %1 = argument : float32[2, 3]
     %2 = argument : float32[2, 3]
     %3 = argument : float32[2, 3]
     %4 = argument : float32[2, 3]
     %5 = argument : float32[2, 3]
     %6 = concatenate %0 %1 %2 %3 %4 {"axis":1} : float32[2, 15]`;
  const sum = (k: number, x: number): string => `%${k} = sum %${x} {"axes":[0]} : float32[1, 3]`;
  const add = (k: number, x: number, y: number): string =>
    `%${k} = add %${x} %${y} : float32[1, 3]`;
  check(
    stackTerms,
    `${before}
     ${sum(7, 1)}
     ${sum(8, 2)}
     ${add(9, 7, 8)}
     ${sum(10, 5)}
     ${add(11, 9, 10)}
     ${sum(12, 3)}
     ${add(13, 11, 12)}
     ${sum(14, 4)}
     ${add(15, 13, 14)}
     return %6, %15`,
    `${before}
     ${sum(7, 5)}
     %8 = slice %6 {"sizes":[2,12],"starts":[0,3],"steps":[1,1]} : float32[2, 12]
     %9 = reshape %8 {"shape":[2,4,3]} : float32[2, 4, 3]
     %10 = permute %9 {"axes":[1,0,2]} : float32[4, 2, 3]
     %11 = sum %10 {"axes":[0,1]} : float32[1, 1, 3]
     %12 = reshape %11 {"shape":[1,3]} : float32[1, 3]
     ${add(13, 7, 12)}
     return %6, %13`,
  );
});

/** A sum of products of arguments, by their numbers. */
function products(
  pairs: readonly (readonly [number, number])[],
  shape: string,
  size: string,
): string {
  const count = 1 + Math.max(...pairs.flat());
  const lines = Array.from({ length: count }, (_, k) => `%${k} = argument : float32[${shape}]`);
  let sum = "";
  for (const [a, b] of pairs) {
    const next = `%${lines.length}`;
    lines.push(`${next} = contract %${a} %${b} ${product} : float32[${size}]`);
    if (sum !== "") lines.push(`%${lines.length} = add ${sum} ${next} : float32[${size}]`);
    sum = sum === "" ? next : `%${lines.length - 1}`;
  }
  return [...lines, `return ${sum}`].join("\n");
}

test.each([
  [
    "are only three",
    products(
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      "2, 8",
      "8, 8",
    ),
  ],
  [
    "have an operand in common",
    products(
      [
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 4],
      ],
      "2, 8",
      "8, 8",
    ),
  ],
  [
    "would need larger copies than additions",
    products(
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ],
      "9, 8",
      "8, 8",
    ),
  ],
])("products that %s stay", (_, text) => {
  check(stackTerms, text, text);
});

const leaf = (...shape: number[]): Tensor => argumentLeaf({ shape, dtype: "float32" });

function run(args: readonly Tensor[], outputs: readonly Tensor[], seed = 5): Plan {
  const stream = new RandomStream(seed);
  const values = args.map((t) => Float32Array.from(stream.uniform(t.size), (u) => u * 2 - 1));
  return checkGraph({ arguments: args, outputs, writes: [] }, values, 1e-4);
}

test("a recurrence written by hand has one product for all inputs, and one per weight for its gradient", () => {
  const [T, B, H] = [9, 4, 16];
  const [x, w, u, b] = [leaf(B, T, H), leaf(H, 2 * H), leaf(H, 2 * H), leaf(2 * H)];
  const states: Tensor[] = [];
  let h = zeros([B, H]);
  for (let t = 0; t < T; t++) {
    const gates = x.slice([null, t]).matmul(w).add(h.matmul(u)).add(b);
    const [f, n] = gates.chunk(2, 1);
    h = f.sigmoid().mul(h).add(n.tanh());
    states.push(h);
  }
  const loss = stack(states, 1).square().sum();
  const plan = run([x, w, u, b], gradients(loss, [w, u, b, x]));
  const calls = plan.steps.filter(({ kind }) => kind === "extern").length;
  // A product a step forwards and two, for x and h, backwards; one for all inputs, one per weight, one for the first state.
  expect(calls).toBeLessThanOrEqual(3 * T + 4);
});

test("random sums of paddings and products: the same numbers", () => {
  for (let seed = 0; seed < 40; seed++) {
    const stream = new RandomStream(seed);
    const below = (n: number): number => Math.floor(stream.uniform(1)[0] * n);
    const [x, y] = [leaf(4, 12, 3), leaf(4, 12, 3)];
    const parts = Array.from({ length: 6 }, (_, k) => {
      const part = x.slice([null, { start: 2 * k, end: 2 * k + 2 }]);
      return below(2) === 0 ? part : part.mul(y.slice([null, { start: 2 * k, end: 2 * k + 2 }]));
    });
    const shuffled = [...stream.permutation(6)].slice(0, 4 + below(3));
    const padded = shuffled.map((k) =>
      parts[k].pad([
        [0, 0],
        [2 * k, 10 - 2 * k],
        [0, 0],
      ]),
    );
    const lefts = below(2) === 0 ? parts : parts.map((part) => part.tanh());
    const flat = (part: Tensor): Tensor => part.reshape([8, 3]);
    const terms = shuffled.map((k) => flat(lefts[k]).permute([1, 0]).matmul(flat(parts[k]).cos()));
    const sums = [padded, terms].map((list) => list.reduce((a, b) => a.add(b)));
    const held = below(2) === 0 ? [concatenate(lefts, below(2))] : [];
    const projected = shuffled.map((k) =>
      flat(parts[k]).matmul(flat(y.slice([null, { end: 2 }])).permute([1, 0])),
    );
    run([x, y], [...sums, ...held, sums[1].sum(), ...projected], seed);
  }
});

const shared = '{"batch":[],"contract":[[1,0]]}';
const step = (start: number): string => `{"sizes":[2,1,8],"starts":[0,${start},0],"steps":[1,1,1]}`;

/** Products of four steps of an input with weights. */
function steps(weights: readonly number[], starts: readonly number[]): string {
  const lines = ["%0 = argument : float32[2, 5, 8]"];
  for (const k of [1, 2]) lines.push(`%${k} = argument : float32[8, 3]`);
  starts.forEach((start, k) => {
    const at = lines.length;
    lines.push(`%${at} = slice %0 ${step(start)} : float32[2, 1, 8]`);
    lines.push(`%${at + 1} = reshape %${at} {"shape":[2,8]} : float32[2, 8]`);
    lines.push(`%${at + 2} = contract %${at + 1} %${weights[k]} ${shared} : float32[2, 3]`);
  });
  return [...lines, "return %5, %8, %11, %14"].join("\n");
}

test("like products of slices with one operand are slices of one product", () => {
  const part = (start: number): string =>
    `{"sizes":[1,2,3],"starts":[${start},0,0],"steps":[1,1,1]}`;
  check(
    batchProducts,
    steps([1, 1, 1, 1], [2, 1, 4, 3]),
    `%0 = argument : float32[2, 5, 8]
     %1 = argument : float32[8, 3]
     %2 = argument : float32[8, 3]
     %3 = slice %0 {"sizes":[2,4,8],"starts":[0,1,0],"steps":[1,1,1]} : float32[2, 4, 8]
     %4 = reshape %3 {"shape":[2,4,1,8]} : float32[2, 4, 1, 8]
     %5 = permute %4 {"axes":[1,0,2,3]} : float32[4, 2, 1, 8]
     %6 = reshape %5 {"shape":[4,2,8]} : float32[4, 2, 8]
     %7 = contract %6 %1 {"batch":[],"contract":[[2,0]]} : float32[4, 2, 3]
     %8 = slice %7 ${part(1)} : float32[1, 2, 3]
     %9 = reshape %8 {"shape":[2,3]} : float32[2, 3]
     %10 = slice %7 ${part(0)} : float32[1, 2, 3]
     %11 = reshape %10 {"shape":[2,3]} : float32[2, 3]
     %12 = slice %7 ${part(3)} : float32[1, 2, 3]
     %13 = reshape %12 {"shape":[2,3]} : float32[2, 3]
     %14 = slice %7 ${part(2)} : float32[1, 2, 3]
     %15 = reshape %14 {"shape":[2,3]} : float32[2, 3]
     return %9, %11, %13, %15`,
  );
});

test("products of slices with different operands, or not next to each other, stay", () => {
  for (const text of [steps([1, 2, 1, 2], [0, 1, 2, 3]), steps([1, 1, 1, 1], [0, 1, 3, 4])])
    check(batchProducts, text, text);
});
