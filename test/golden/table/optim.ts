// Optimizers on small problems, step by step, and clipping on its own.

import {
  compile,
  type Gradients,
  optim as library,
  Parameter,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.ts";
import { type Entry, type Float, feeds, type Results, readAll, type Tensors } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";
import { functions } from "./functions.ts";
import { byName, clipping, dataOf, makeOptimizer, modelOf, Rows } from "./training.ts";

type Problem = (p: Tensors, data: Tensors) => Tensor;

const problems: Readonly<Record<string, Problem>> = {
  quadratic: ({ p }, { curvature, target }) => curvature.mul(p.sub(target).square()).sum().mul(0.5),
  tanh_regression: ({ W, b }, { X, Y }) =>
    X.matmul(W.transpose(0, 1)).add(b).tanh().sub(Y).square().mean(),
  rosenbrock: ({ p }) => functions.rosenbrock(p),
};

export const optim: Readonly<Record<string, Entry>> = {
  optimizer_trajectory: async (golden, dtype) => {
    const { attributes: a } = golden;
    if (a.record("optimizer").text("name") === "LBFGS") return quasiNewton(golden, dtype);
    const problem = problems[a.text("problem")];
    const data = dataOf(golden, dtype);
    const model = modelOf(golden, dtype);
    const optimizer = makeOptimizer(model, a.record("optimizer"));
    const clip = clipping(a);
    const step = compile(() => {
      const loss = problem(model, data);
      const gradients = loss.backward();
      optimizer.step(clip(gradients));
      return { loss, gradients: byName(gradients, model) };
    });
    const rows = new Rows();
    const names = Object.keys(model);
    for (const name of names) await rows.add(`traj_${name}`, model[name]);
    for (let k = 0; k < a.number("steps"); k++) {
      const { loss, gradients } = step();
      await rows.add("loss", loss);
      for (const name of names) await rows.add(`grad_${name}`, gradients[name]);
      for (const name of names) await rows.add(`traj_${name}`, model[name]);
    }
    await rows.set("final_loss", problem(model, data));
    return rows.results();
  },
  clip_grad_norm: async (golden, dtype) => {
    const { attributes: a } = golden;
    return clipped(golden, dtype, (gradients) => {
      const options = { order: a.number("norm_type") };
      return library.clipByGlobalNorm(gradients, a.number("max_norm"), options);
    });
  },
  clip_grad_value: async (golden, dtype) =>
    clipped(golden, dtype, (gradients) => ({
      gradients: library.clipByValue(gradients, golden.attributes.number("clip_value")),
    })),
};

/** L-BFGS takes the loss as a function, evaluates it several times a step, and stores no gradients. */
async function quasiNewton(golden: GoldenCase, dtype: Float): Promise<Results> {
  const settings = golden.attributes.record("optimizer");
  const model = modelOf(golden, dtype);
  const data = dataOf(golden, dtype);
  const loss = (): Tensor => problems[golden.attributes.text("problem")](model, data);
  const optimizer = new library.LBFGS(model, {
    learningRate: settings.number("lr"),
    maxIterations: settings.number("max_iter"),
    historySize: settings.number("history_size"),
    lineSearch: settings.has("line_search_fn") ? "strong-wolfe" : "none",
  });
  const rows = new Rows();
  const addParameters = async (): Promise<void> => {
    for (const [name, parameter] of Object.entries(model))
      await rows.add(`traj_${name}`, parameter);
  };
  await addParameters();
  for (let k = 0; k < golden.attributes.number("steps"); k++) {
    await rows.add("loss", tensor(await optimizer.step(loss), { dtype }));
    await addParameters();
  }
  await rows.set("final_loss", loss());
  return rows.results();
}

/** Clips the case's inputs as gradients: they are those of Σ p·g. */
async function clipped(
  golden: GoldenCase,
  dtype: Float,
  clip: (gradients: Gradients) => { readonly gradients: Gradients; readonly norm?: Tensor },
): Promise<Results> {
  const given = feeds(golden, dtype, ["input"]);
  const names = Object.keys(given);
  const model = names.map((name) => {
    const { data, shape } = given[name];
    return new Parameter(data.slice().fill(0), shape, dtype);
  });
  const run = compile((g: Tensors) => {
    const terms = names.map((name, k) => model[k].mul(g[name]).sum());
    const { gradients, norm } = clip(terms.reduce((a, b) => a.add(b)).backward());
    const results = names.map((name, k) => [`clipped_${name}`, gradients.get(model[k])!] as const);
    return { ...Object.fromEntries(results), total_norm: norm ?? zeros([], dtype) };
  });
  return { outputs: await readAll(run(given)), grads: new Map() };
}
