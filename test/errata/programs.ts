// Part 3 of docs/errata.md: what the printed programs do, and what the repaired ones do.

import { gradients, losses, optim, Parameter, type Tensor, tensor } from "chainrule";
import { expect } from "vitest";
import { main as linearRegression } from "../../examples/02-linear-regression.ts";
import { main as reluBce } from "../../examples/03-relu-bce.ts";
import {
  type Checks,
  listOf,
  networkOfB,
  quiet,
  refuses,
  same,
  t64,
  written,
  wrong,
} from "./page.ts";

/** What E's own seed draws first: z2 of its network of three hidden units. */
const outputsOfE = [2.94640051, 4.05926617, 4.96249529, 5.86572442];
/** NumPy's first 13 `randn` with seed 42, in the order in which E's program draws them. */
const drawsOfE = {
  W1: [
    [0.49671415, -0.1382643, 0.64768854],
    [1.52302986, -0.23415337, -0.23413696],
  ],
  b1: [1.57921282, 0.76743473, -0.46947439],
  W2: [[0.54256004], [-0.46341769], [-0.46572975]],
  b2: [0.24196227],
};
const inputsOfE = t64([
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
]);
const targetsOfE = t64([[0], [0], [1], [1]]);

/** E's network; `output` is the activation of the last layer. */
function networkOfE(output: (z: Tensor) => Tensor): {
  y: Tensor;
  db1: Tensor;
  db2: Tensor;
  W1: Tensor;
} {
  const b1 = t64(drawsOfE.b1);
  const b2 = t64(drawsOfE.b2);
  const W1 = t64(drawsOfE.W1);
  const y = output(inputsOfE.matmul(W1).add(b1).relu().matmul(t64(drawsOfE.W2)).add(b2));
  const [db1, db2] = gradients(y.sum(), [b1, b2]);
  return { y, db1, db2, W1 };
}

const entropy = (y: Tensor, t: Tensor): Tensor =>
  t
    .mul(y.log())
    .add(t.neg().add(1).mul(y.neg().add(1).log()))
    .neg();

export const programs: Checks = {
  C1: () => {
    const x = t64([0.5, 0.8]);
    refuses(
      () =>
        t64([
          [0.1, 0.2, 0.3],
          [0.4, 0.5, 0.6],
        ]).matmul(x),
      "SHAPE_MISMATCH",
    );
    refuses(() => t64([[0.7], [0.8], [0.9]]).matmul(t64([1, 2, 3])), "SHAPE_MISMATCH");
    refuses(() => t64([[0.7, 0.8, 0.9]]).matmul(t64([0.013])), "SHAPE_MISMATCH");
    same(
      t64([
        [0.1, 0.4],
        [0.2, 0.5],
        [0.3, 0.6],
      ]).matmul(x),
      [0.37, 0.5, 0.63],
    );
  },
  C2: async () => {
    const { delta1, dW1 } = await networkOfB();
    refuses(() => t64(delta1).matmul(t64([0.5, 0.8])), "SHAPE_MISMATCH");
    same(t64(delta1).outer(t64([0.5, 0.8])), dW1);
  },
  C4: () => {
    refuses(() => t64([-2.2]).matmul(t64([1, 2])), "SHAPE_MISMATCH");
    const dW = t64([-2.2]).outer(t64([1, 2]));
    expect(dW.shape).toEqual([1, 2]);
    same(dW, [-2.2, -4.4]);
  },
  C5: () => {
    const W = t64([0.1, 0.2]);
    const y = W.matmul(t64([1, 2])).add(0.3);
    const squared = losses.meanSquaredError(y, 3, { reduction: "sum" });
    const half = losses.meanSquaredError(y, 3, { halfSum: true });
    same(squared, 4.84);
    same(half, 2.42);
    written("C5", [4.84, 2.42], 2);
    same(gradients(half, [W])[0], [-2.2, -4.4]);
    same(gradients(squared, [W])[0], [-4.4, -8.8]);
    written("C5", [-2.2, -4.4, -8.8], 1);
  },
  C7: async () => {
    const { descent } = await linearRegression(quiet);
    written("C7", [...descent.W, descent.b], 6);
    const elsewhere = await optim.minimize(
      (x) =>
        x
          .slice([{ end: 2 }])
          .matmul(t64([1, 2]))
          .add(x.slice([{ start: 2 }]))
          .sub(3)
          .square()
          .sum(),
      [3, -1, 0],
    );
    expect(elsewhere.value).toBeLessThan(1e-10); // as good, and another solution
    wrong(listOf([...elsewhere.x]), [...descent.W, descent.b], 3);
  },
  C10: () => {
    const { db1, db2 } = networkOfE((z) => z.relu());
    expect(db1.shape).toEqual([3]);
    expect(db2.shape).toEqual([1]);
    const dz1 = t64([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ]);
    expect(dz1.sum({ axis: 1, keepDims: true }).shape).toEqual([4, 1]);
    const b1 = new Parameter(Float64Array.from(drawsOfE.b1), [3], "float64");
    refuses(() => b1.assign(b1.sub(dz1.sum({ axis: 1, keepDims: true }))), "SHAPE_MISMATCH");
    b1.assign(b1.sub(dz1.sum({ axis: 0 })));
    same(
      b1,
      drawsOfE.b1.map((b, j) => b - [22, 26, 30][j]),
    );
  },
  C11: () => {
    const { y } = networkOfE((z) => z.relu());
    same(y, outputsOfE, 6);
    written("C11", y, 4);
    expect(entropy(y, targetsOfE).mean().itemSync()).toBeNaN();
    refuses(
      () => losses.binaryCrossEntropy(tensor(outputsOfE), tensor([0, 0, 1, 1])),
      "BAD_ARGUMENT",
    );
    const right = networkOfE((z) => z.sigmoid());
    expect(entropy(right.y, targetsOfE).mean().itemSync()).toBeGreaterThan(0);
  },
  C12: () => {
    const z = t64(outputsOfE.map((output) => [output]));
    const mean = losses.binaryCrossEntropyWithLogits(z, targetsOfE);
    const printed = entropy(z.sigmoid(), targetsOfE).sum().div(targetsOfE.shape[1]);
    same(printed.div(mean), 4);
    const [dMean] = gradients(mean, [z]);
    const dPrinted = z.sigmoid().sub(targetsOfE).div(inputsOfE.shape[1]);
    same(dPrinted.div(dMean), [2, 2, 2, 2]);
  },
  C14: async () => {
    const { losses: found } = await reluBce(quiet);
    written("C14", [found[0], found[1000]], 6);
  },
  C15: () => {
    const logits = t64([
      [0.1, 2, -1],
      [0.5, 0.2, 0.3],
    ]);
    const classes = losses.crossEntropy(logits, tensor([1, 2], { dtype: "int32" }));
    const oneHot = losses.crossEntropy(
      logits,
      t64([
        [0, 1, 0],
        [0, 0, 1],
      ]),
    );
    same(classes, oneHot);
  },
  C17: () => {
    const logits = tensor([[0, 200]]); // float32
    const naive = logits.softmax().log().dataSync()[0];
    expect(naive).toBe(Number.NEGATIVE_INFINITY);
    same(losses.crossEntropy(logits, tensor([0], { dtype: "int32" })), 200, 4);
  },
};
