// The example programs run, and what they print is right: compared with the golden group `seeds`
// (PyTorch, float64), with values anyone can compute, or with the accuracy they promise. The small
// ones run on every target.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type HostTensor, nn, setTarget, targets, tensor } from "chainrule";
import { decodeSafetensors } from "chainrule/formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main as scalar } from "../examples/00-scalar.ts";
import { main as byHand } from "../examples/01-by-hand-2-3-1.ts";
import { main as linearRegression } from "../examples/02-linear-regression.ts";
import { main as reluBce } from "../examples/03-relu-bce.ts";
import { main as kerasMnist } from "../examples/04-keras-mnist.ts";
import { main as trainLoop } from "../examples/05-train-loop.ts";
import { main as cnn } from "../examples/06-cnn.ts";
import { main as residualCnn } from "../examples/07-residual-cnn.ts";
import { main as autoencoder } from "../examples/08-autoencoder.ts";
import { main as tabularRegression } from "../examples/09-tabular-regression.ts";
import { main as tabularClassification } from "../examples/10-tabular-classification.ts";
import { main as recommender } from "../examples/11-recommender.ts";
import { main as steering } from "../examples/12-steering.ts";
import { main as vanishing } from "../examples/13-gradients.ts";
import { main as gpt } from "../examples/16-gpt.ts";
import { draw, height, steeringAngle, width } from "../examples/road.ts";
import { commandLine } from "../examples/run.ts";
import { Standardize } from "../examples/standardize.ts";
import { dataFile } from "../examples/text.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = resolve(root, process.env.CHAINRULE_SHARED ?? "../shared");
const golden = join(shared, "golden");
const withGolden = existsSync(join(golden, "seeds.safetensors"));
const dataDir = process.env.CHAINRULE_DATA ?? join(shared, "data");
const withShakespeare = existsSync(join(dataDir, "tinyshakespeare"));
const withMnist = existsSync(join(dataDir, "mnist"));
const withFashion = existsSync(join(dataDir, "fashion-mnist"));
const withTables = existsSync(join(dataDir, "tabular"));

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

describe("short forms, on wasm", () => {
  beforeAll(() => setTarget("wasm"));
  const short = true;

  test.skipIf(!withMnist)("06: the convolutional network learns MNIST", async () => {
    const { lines, print } = paper();
    const { parameters, losses, accuracies } = await cnn({ print, dataDir, short });
    expect(parameters).toBe(225_034); // 32·(9 + 1) + 64·(32·9 + 1) + 128·(1600 + 1) + 10·(128 + 1)
    expect(losses[1]).toBeLessThan(losses[0] / 2);
    expect(accuracies[1]).toBeGreaterThan(0.88);
    expect(lines).toHaveLength(3 + 2 + 2); // heading, the table's head, epochs
  });

  test.skipIf(!withFashion)("06: settings are chosen on held-out training images", async () => {
    const options = { short, validate: true, set: "fashion-mnist", epochs: 1 };
    const { lines, print } = paper();
    const { accuracies } = await cnn({ ...options, print, dataDir });
    expect(lines[1]).toContain("fashion-mnist: 2700 images");
    expect(accuracies[0]).toBeGreaterThan(0.5);
  });

  test.skipIf(!withFashion)("07: the residual network learns Fashion-MNIST", async () => {
    const { losses, accuracies } = await residualCnn({ ...paper(), dataDir, short });
    expect(losses[1]).toBeLessThan(0.8 * losses[0]);
    expect(accuracies[1]).toBeGreaterThan(0.6);
  });

  test("07: the augmentation shifts and mirrors in training, and does nothing else", async () => {
    const [batch, side] = [64, 5];
    const one = Array.from({ length: side * side }, (_, k) => k + 1);
    const x = tensor(Array.from({ length: batch }, () => one).flat()).reshape([
      batch,
      1,
      side,
      side,
    ]);
    const layer = new nn.Sequential(new nn.RandomFlip(), new nn.RandomCrop(side, { padding: 2 }));
    expect(layer.forward(x)).toBe(x);
    const y = await layer.forward(x, { training: true }).data();
    const seen = new Set<string>();
    for (let k = 0; k < batch; k++) {
      const image = Array.from(y.subarray(k * side * side, (k + 1) * side * side));
      seen.add(`${image}`);
      expect(allMoves(one, side), `${image}`).toContain(`${image}`);
    }
    expect(seen.size).toBeGreaterThan(20); // of 2 · 5 · 5
  });

  test.skipIf(!withMnist)("08: the autoencoder reconstructs digits", async () => {
    const { errors, pictures } = await autoencoder({ ...paper(), dataDir, short });
    expect(errors[2]).toBeLessThan(0.06); // the mean image has 0.0675
    expect(pictures).toHaveLength(4 * 12);
    expect(pictures.join("")).toContain("@");
  });

  test.skipIf(!withTables)("09: the regression explains most of the prices", async () => {
    const { errors, r2 } = await tabularRegression({ ...paper(), dataDir, short });
    expect(errors[3]).toBeLessThan(errors[0]);
    expect(r2).toBeGreaterThan(0.7); // least squares: 0.63
  });

  test.skipIf(!withTables)("10: ten networks tell malignant from benign", async () => {
    const found = await tabularClassification({ ...paper(), dataDir, short });
    const { accuracy, missed, alarms } = found;
    expect(accuracy).toBeGreaterThan(0.95);
    expect(missed + alarms).toBe(Math.round(569 * (1 - accuracy)));
  });

  test("standardised columns have mean 0 and deviation 1, and missing numbers become 0", async () => {
    const rows: HostTensor = {
      dtype: "float32",
      shape: [4, 2],
      data: Float32Array.of(1, 7, 3, 7.5, 1, Number.NaN, 3, 8),
    };
    const found = new Standardize(rows).forward(
      tensor([
        [1, 8],
        [5, Number.NaN],
      ]),
    );
    const expected = [-1, 0.5 / Math.sqrt(1 / 6), 3, 0];
    (await found.data()).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 5);
    });
  });

  test("11: the recommender comes near the noise it cannot predict", async () => {
    const { baseline, errors } = await recommender({ ...paper(), short });
    expect(baseline).toBeGreaterThan(1);
    expect(errors[7]).toBeLessThan(0.6);
    expect(errors[7]).toBeGreaterThan(0.5);
  });

  test("12: the network steers by the picture", async () => {
    const { baseline, errors } = await steering({ ...paper(), short });
    expect(errors[2]).toBeLessThan(baseline / 2);
  });

  test("12: a mirrored road is steered along in the other direction", () => {
    const place = { offset: 0.7, heading: -0.05, curvature: 0.02 };
    const mirrored = { offset: -0.7, heading: 0.05, curvature: -0.02 };
    expect(steeringAngle({ offset: 0, heading: 0, curvature: 0 })).toBe(0);
    // 10 m ahead the middle is 1.2 m to the right: atan(2 · 2.7 · 1.2 / (10² + 1.2²))
    expect(steeringAngle(place)).toBeCloseTo((Math.atan(6.48 / 101.44) * 180) / Math.PI, 10);
    expect(steeringAngle(mirrored)).toBe(-steeringAngle(place));
    const dark = new Float64Array(height * width);
    const picture = draw(place, 1, dark);
    const other = draw(mirrored, 1, dark);
    picture.forEach((shade, k) => {
      const [row, column] = [Math.floor(k / width), k % width];
      expect(other[row * width + width - 1 - column]).toBe(shade);
    });
  });

  test.skipIf(!withMnist)("13: gradients vanish and explode where they should", async () => {
    const found = await vanishing({ ...paper(), dataDir, short });
    const [sigmoid, , , , small, , large, clipped] = found;
    const share = ({ norms }: { norms: readonly number[] }): number => norms[0] / norms[21];
    expect(share(sigmoid)).toBeLessThan(1e-7); // the first layer gets nothing
    expect(sigmoid.accuracy).toBeLessThan(0.2);
    for (const k of [1, 2, 3, 5]) expect(share(found[k]), found[k].name).toBeGreaterThan(0.01);
    for (const k of [1, 2, 5]) expect(found[k].accuracy, found[k].name).toBeGreaterThan(0.6);
    expect(Math.max(...small.norms)).toBeLessThan(1e-9);
    expect(Math.min(...large.norms)).toBeGreaterThan(10);
    expect(large.accuracy).toBeUndefined(); // diverged
    expect(clipped.norms).toEqual(large.norms); // measured before clipping
    expect(clipped.accuracy).toBeGreaterThan(0.3);
  });

  test.skipIf(!withShakespeare)(
    "16: the GPT learns letters and spaces; same seed, same text",
    async () => {
      const { history, sample, parameters } = await gpt({ ...paper(), dataDir, short });
      expect(parameters).toBe(818_176);
      expect(history.at(-1)!.validation).toBeLessThan(2.9); // ln 65 = 4.17 knows nothing, 3.3 the letters' shares
      expect(sample).toHaveLength(40);
      const again = await gpt({ ...paper(), dataDir, short });
      expect(again).toEqual({ history, sample, parameters });
    },
  );

  test("the command line's options, and a table's folder", () => {
    const options = commandLine(["--epochs", "3", "--short", "--set", "mnist", "--data-dir", "x"]);
    expect(options).toMatchObject({ epochs: 3, short: true, set: "mnist", dataDir: "x" });
    expect(commandLine([]).epochs).toBeUndefined();
    expect(() => dataFile("a.csv", { dataDir: "" })).toThrow("--data-dir or CHAINRULE_DATA");
  });
});

/** All images that moving by up to two pixels and mirroring make of one, as text. */
function allMoves(image: readonly number[], side: number): string[] {
  const offsets = [-2, -1, 0, 1, 2];
  return [false, true].flatMap((mirrored) =>
    offsets.flatMap((dy) =>
      offsets.map((dx) => {
        const moved = image.map((_, k) => {
          const [row, column] = [Math.floor(k / side) + dy, (k % side) + dx];
          const inside = row >= 0 && row < side && column >= 0 && column < side;
          return inside ? image[row * side + column] : 0;
        });
        const rows = Array.from({ length: side }, (_, y) => moved.slice(y * side, (y + 1) * side));
        return `${rows.flatMap((row) => (mirrored ? row.reverse() : row))}`;
      }),
    ),
  );
}
