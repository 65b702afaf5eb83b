// The example programs run, and what they print is right: compared with the golden group `seeds`
// (PyTorch, float64), with values anyone can compute, or with the accuracy they promise. The small
// ones run on every target.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setTarget, targets } from "chainrule";
import { decodeSafetensors } from "chainrule/formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main as scalar } from "../examples/00-scalar.ts";
import { main as byHand } from "../examples/01-by-hand-2-3-1.ts";
import { main as linearRegression } from "../examples/02-linear-regression.ts";
import { main as reluBce } from "../examples/03-relu-bce.ts";
import { main as kerasMnist } from "../examples/04-keras-mnist.ts";
import { main as trainLoop } from "../examples/05-train-loop.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = resolve(root, process.env.CHAINRULE_SHARED ?? "../shared");
const golden = join(shared, "golden");
const withGolden = existsSync(join(golden, "seeds.safetensors"));
const dataDir = process.env.CHAINRULE_DATA ?? join(shared, "data");
const withMnist = existsSync(join(dataDir, "mnist"));

/** Collects what a program prints. */
function paper(): { readonly lines: string[]; readonly print: (line: string) => void } {
  const lines: string[] = [];
  return { lines, print: (line) => void lines.push(line) };
}

/** The golden output of a case of the group `seeds`, with its tolerance for double precision. */
function reference(op: string, name: string): { data: ArrayLike<number>; tol: [number, number] } {
  const index = JSON.parse(readFileSync(join(golden, "index.json"), "utf8")) as {
    cases: { id: string; outputs: { name: string; tol64: [number, number] }[] }[];
  };
  const id = `seeds.${op}.0`;
  const entry = index.cases.find((c) => c.id === id)!.outputs.find((o) => o.name === name)!;
  const { tensors } = decodeSafetensors(readFileSync(join(golden, "seeds.safetensors")));
  return { data: tensors.get(`${id}/output/${name}`)!.data, tol: entry.tol64 };
}

function expectGolden(
  op: string,
  outputs: Readonly<Record<string, number | ArrayLike<number>>>,
): void {
  for (const [name, output] of Object.entries(outputs)) {
    const { data, tol } = reference(op, name);
    const values = typeof output === "number" ? [output] : Array.from(output);
    expect(values, name).toHaveLength(data.length);
    values.forEach((value, k) => {
      const bound = tol[1] + tol[0] * Math.abs(data[k]);
      expect(Math.abs(value - data[k]), `${name}[${k}]: ${value}, ${data[k]}`).toBeLessThanOrEqual(
        bound,
      );
    });
  }
}

const everyHundred = (values: readonly number[], start = 0): number[] =>
  values.filter((_, k) => k >= start && (k - start) % 100 === 0);

describe.each([...targets])("on %s", (target) => {
  beforeAll(() => setTarget(target));
  afterAll(() => setTarget("wasm"));

  test("00: the scalar engine agrees with the library and learns XOR", async () => {
    const { lines, print } = paper();
    const { scalar: own, library, losses, outputs } = await scalar({ print });
    own.forEach((value, k) => {
      expect(value).toBeCloseTo(library[k], 13);
    });
    const y = (a: number, b: number): number => {
      const c = a * b + Math.tanh(b);
      return (Math.max(c - a, 0) + Math.exp(c)) / (1 + Math.exp(-a)) - 2;
    };
    const h = 1e-6; // central differences, the independent way
    expect(own[1]).toBeCloseTo((y(-1.5 + h, 0.75) - y(-1.5 - h, 0.75)) / (2 * h), 8);
    expect(own[2]).toBeCloseTo((y(-1.5, 0.75 + h) - y(-1.5, 0.75 - h)) / (2 * h), 8);
    expect(losses[1000]).toBeLessThan(0.01);
    expect(outputs.map(Math.round)).toEqual([0, 1, 1, 0]);
    expect(lines.join("\n")).toContain("−1.703947709418");
  });

  test.skipIf(!withGolden)("01: every number of the 2-3-1 network is PyTorch's", async () => {
    const { lines, print } = paper();
    const { step, losses, W1, W2, y } = await byHand({ print });
    const { W1: W1_after_1, W2: W2_after_1, ...values } = step;
    expectGolden("seed_sigmoid_2_3_1", {
      ...values,
      W1_after_1,
      W2_after_1,
      losses,
      losses_every_100: everyHundred(losses),
      losses_after_first_every_100: everyHundred(losses, 1),
      W1_final: W1,
      W2_final: W2,
      y_final: y,
    });
    const text = lines.join("\n");
    for (const number of ["0.3700000000", "0.8174594958", "0.0175272435", "0.6989633354"]) {
      expect(text).toContain(number);
    }
  });

  test.skipIf(!withGolden)("02: gradient descent is PyTorch's, and minimizers agree", async () => {
    const { descent, minima } = await linearRegression(paper());
    expectGolden("seed_linear_regression", {
      y_0: descent.y,
      dW_0: descent.dW,
      db_0: descent.db,
      W_after_1: descent.W1,
      b_after_1: descent.b1,
      half_squared_error: descent.losses,
      half_squared_error_every_100: everyHundred(descent.losses),
      W_final: descent.W,
      b_final: descent.b,
      y_final: descent.yEnd,
    });
    for (const { converged, W, b, value } of minima) {
      expect(converged).toBe(true);
      expect(value).toBeLessThan(1e-16);
      // nearest solution of w1 + 2 w2 + b = 3 to (0.1, 0.2, 0.3): that plus (3 − 0.8)/6 · (1, 2, 1)
      [0.1 + 2.2 / 6, 0.2 + 4.4 / 6, 0.3 + 2.2 / 6].forEach((right, k) => {
        expect([...W, b][k]).toBeCloseTo(right, 8);
      });
    }
    const [lbfgs, descending] = minima;
    expect(lbfgs.evaluations * 10).toBeLessThan(descending.evaluations);
  });

  test.skipIf(!withGolden)(
    "03: the ReLU network is PyTorch's and separates the classes",
    async () => {
      const { losses, gradients, parameters, before, after } = await reluBce(paper());
      expectGolden("seed_relu_bce_2_3_1", {
        y_0: before,
        dW1_0: gradients["layers.0.weight"],
        db1_0: gradients["layers.0.bias"],
        dW2_0: gradients["layers.2.weight"],
        db2_0: gradients["layers.2.bias"],
        losses,
        losses_every_100: everyHundred(losses),
        y_final: after,
        W1_final: parameters["layers.0.weight"],
        b1_final: parameters["layers.0.bias"],
        W2_final: parameters["layers.2.weight"],
        b2_final: parameters["layers.2.bias"],
      });
      expect(after.map(Math.round)).toEqual([0, 0, 1, 1]);
    },
  );
});

describe("on wasm", () => {
  beforeAll(() => setTarget("wasm"));

  test.skipIf(!withMnist)("04: the Keras model learns MNIST; short form", async () => {
    const { lines, print } = paper();
    const { parameters, epochs } = await kerasMnist({ print, dataDir, samples: 6000, epochs: 4 });
    expect(parameters).toBe(7960);
    expect(epochs).toHaveLength(4);
    expect(epochs[3].loss).toBeLessThan(epochs[0].loss / 2);
    expect(epochs[3].accuracy).toBeGreaterThan(0.86);
    expect(lines).toHaveLength(3 + 2 + 4); // heading, the table's head, epochs
  });

  test("05: the loop of the README learns the embedded digits", async () => {
    const { losses, accuracies } = await trainLoop(paper());
    expect(losses).toHaveLength(30);
    expect(losses[29]).toBeLessThan(0.05);
    expect(accuracies[29]).toBeGreaterThan(0.96);
    const again = await trainLoop({ ...paper(), epochs: 1 });
    expect(again.losses[0]).toBe(losses[0]); // same seed, same bits
  });
});
