// Minimisation of functions with known minima, and the L-BFGS optimizer against golden trajectories.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadSafetensors } from "../../src/formats/node-safetensors.ts";
import { nn, optim, Parameter, setTarget, type Tensor, tensor } from "../../src/index.ts";

beforeAll(() => setTarget("reference"));

const rosenbrock = (x: Tensor): Tensor => {
  const a = x.slice([{ end: -1 }]);
  const b = x.slice([{ start: 1 }]);
  return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square()).sum();
};

describe("minimize", () => {
  it("finds Rosenbrock's minimum at (1, …, 1)", async () => {
    const found = await optim.minimize(rosenbrock, [-1.2, 1, -0.5, 2]);
    expect(found.converged).toBe(true);
    for (const x of found.x) expect(Math.abs(x - 1)).toBeLessThan(1e-4);
    expect(found.value).toBeLessThan(1e-9);
    expect(found.evaluations).toBeLessThan(120);
    expect(found.gradient).toHaveLength(4);
  });

  it("solves a quadratic exactly, whatever the scale of its axes", async () => {
    const scale = tensor([1, 100, 1e4], { dtype: "float64" });
    const centre = tensor([1, -2, 3], { dtype: "float64" });
    const f = (x: Tensor): Tensor => x.sub(centre).square().mul(scale).sum();
    const { x } = await optim.minimize(f, Float64Array.of(0, 0, 0), { gradientTolerance: 1e-8 });
    for (const [k, value] of [1, -2, 3].entries()) expect(x[k]).toBeCloseTo(value, 6);
  });

  it("takes several tensors and gives them back in their shapes", async () => {
    const start = [tensor([[0.1, 0.2]]), tensor(0.3)];
    const x = tensor([1, 2], { dtype: "float64" });
    const f = (w: Tensor, b: Tensor): Tensor => w.mul(x).sum().add(b).sub(3).square().mul(0.5);
    const {
      x: [w, b],
      converged,
    } = await optim.minimize(f, start);
    expect(converged).toBe(true);
    expect(w.shape).toEqual([1, 2]);
    const [w0, w1] = w.dataSync();
    expect(w0 + 2 * w1 + b.itemSync()).toBeCloseTo(3, 5);
  });

  it("descends by fixed steps, as the recurrence says", async () => {
    const seen: number[] = [];
    const found = await optim.minimize((x) => x.square().sum().mul(0.5), [1], {
      method: "gradient-descent",
      learningRate: 0.1,
      maxIterations: 5,
      onIteration: ({ iteration, x }) => {
        seen.push(x[0]);
        return iteration === 4;
      },
    });
    for (const [k, x] of seen.entries()) expect(x).toBeCloseTo(0.9 ** (k + 1), 12);
    expect(found).toMatchObject({ iterations: 4, evaluations: 5, converged: false });
    expect(found.message).toContain("onIteration");
  });

  it("says so when a run diverges, and when iterations run out", async () => {
    const quartic = (x: Tensor): Tensor => x.square().square().sum();
    const options = { method: "gradient-descent", learningRate: 10, maxIterations: 50 } as const;
    const diverged = await optim.minimize(quartic, [3], options);
    expect(diverged.converged).toBe(false);
    expect(diverged.message).toContain("smaller learning rate");
    const short = await optim.minimize(rosenbrock, [-1.2, 1], { maxIterations: 2 });
    expect(short).toMatchObject({ iterations: 2, converged: false });
  });

  it("keeps away from where the function is not a number", async () => {
    const f = (x: Tensor): Tensor => x.sub(x.log()).sum(); // minimum at 1, no value below 0
    const { x } = await optim.minimize(f, [0.01]);
    expect(x[0]).toBeCloseTo(1, 5);
  });

  it("refuses functions that are not scalar", async () => {
    await expect(optim.minimize((x) => x, [1, 2])).rejects.toThrow(/must return a scalar/);
  });
});

const folder = join(process.env.CHAINRULE_SHARED ?? "../shared", "golden");
const present = existsSync(folder);

describe.skipIf(!present)("LBFGS (golden values; needs the shared folder)", () => {
  const stored = async (
    id: number,
  ): Promise<(name: string) => { shape: readonly number[]; data: Float64Array }> => {
    const { tensors } = await loadSafetensors(join(folder, "optim.safetensors"));
    return (name) => tensors.get(`optim.optimizer_trajectory.${id}/${name}`) as never;
  };
  const parameterOf = ({
    shape,
    data,
  }: {
    shape: readonly number[];
    data: Float64Array;
  }): Parameter => new Parameter(data, shape, "float64");
  const constantOf = ({ shape, data }: { shape: readonly number[]; data: Float64Array }): Tensor =>
    tensor(data, { shape, dtype: "float64" });

  async function follow(
    model: Record<string, Parameter>,
    optimizer: optim.LBFGS,
    loss: () => Tensor,
    golden: Awaited<ReturnType<typeof stored>>,
  ): Promise<void> {
    const expected = golden("output/loss").data;
    for (const [k, value] of expected.entries()) {
      const before = await optimizer.step(loss);
      expect(Math.abs(before - value)).toBeLessThan(1e-9 + 1e-8 * Math.abs(value));
      for (const [name, parameter] of Object.entries(model)) {
        const row = golden(`output/traj_${name}`).data.slice(
          (k + 1) * parameter.size,
          (k + 2) * parameter.size,
        );
        for (const [i, x] of parameter.dataSync().entries())
          expect(Math.abs(x - row[i])).toBeLessThan(1e-7);
      }
    }
  }

  it("follows a quadratic without line search", async () => {
    const golden = await stored(56);
    const model = { p: parameterOf(golden("param/p")) };
    const [curvature, target] = ["curvature", "target"].map((name) =>
      constantOf(golden(`input/${name}`)),
    );
    const optimizer = new optim.LBFGS(model, { maxIterations: 4, historySize: 5 });
    const loss = (): Tensor => curvature.mul(model.p.sub(target).square()).sum().mul(0.5);
    await follow(model, optimizer, loss, golden);
  });

  it("follows a regression without line search", async () => {
    const golden = await stored(57);
    const model = { W: parameterOf(golden("param/W")), b: parameterOf(golden("param/b")) };
    const [x, y] = ["X", "Y"].map((name) => constantOf(golden(`input/${name}`)));
    const optimizer = new optim.LBFGS(model, {
      learningRate: 0.5,
      maxIterations: 5,
      historySize: 3,
    });
    const loss = (): Tensor =>
      x
        .matmul(model.W.permute([1, 0]))
        .add(model.b)
        .tanh()
        .sub(y)
        .square()
        .mean();
    await follow(model, optimizer, loss, golden);
  });

  it("ends Rosenbrock with a line search as low as the golden run", async () => {
    const golden = await stored(58);
    const model = { p: parameterOf(golden("param/p")) };
    const options = { maxIterations: 10, historySize: 10, lineSearch: "strong-wolfe" } as const;
    const optimizer = new optim.LBFGS(model, options);
    for (let k = 0; k < 4; k++) await optimizer.step(() => rosenbrock(model.p));
    const final = rosenbrock(model.p).itemSync();
    expect(final).toBeLessThan(Math.max(1e-9, 2 * golden("output/final_loss").data[0]));
  });
});

describe("LBFGS", () => {
  it("fits a small network on all data", async () => {
    const model = new nn.Sequential(new nn.Linear(1, 6), new nn.Tanh(), new nn.Linear(6, 1));
    const x = tensor(
      Float32Array.from({ length: 20 }, (_, k) => k / 10 - 1),
      { shape: [20, 1] },
    );
    const y = x.mul(3).sin();
    const optimizer = new optim.LBFGS(model, {
      lineSearch: "strong-wolfe",
      maxIterations: 100,
      maxEvaluations: 300,
    });
    const loss = (): Tensor => model.forward(x).sub(y).square().mean();
    await optimizer.step(loss);
    expect(loss().itemSync()).toBeLessThan(1e-3);
  });
});
