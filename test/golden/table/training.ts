// What the programs that train something share: parameters from a case, optimizers and clipping from attributes, and
// results collected row by row.

import { type DType, hostArray } from "../../../src/core/dtype.ts";
import type { HostTensor } from "../../../src/core/host.ts";
import { sizeOf } from "../../../src/core/shape.ts";
import { type Gradients, optim, Parameter, type Tensor, tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Float, feeds, type Results, type Tensors, Unsupported } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";

/** Parameters by name. */
export type Model = Readonly<Record<string, Parameter>>;

/** The case's parameters, as a model. */
export function modelOf(golden: GoldenCase, dtype: Float): Model {
  const entries = Object.entries(feeds(golden, dtype, ["param"]));
  return Object.fromEntries(
    entries.map(([name, { data, shape }]) => [name, new Parameter(data, shape, dtype)]),
  );
}

/** The case's inputs, as constants. */
export function dataOf(golden: GoldenCase, dtype: Float): Tensors {
  const entries = Object.entries(feeds(golden, dtype, ["input"]));
  return Object.fromEntries(
    entries.map(([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })]),
  );
}

/** NAdam as PyTorch 1.13 computed it, with `Π_{i≤t} μ_i · μ_t · μ_{t+1}` where the published formula has `Π_{i≤t+1} μ_i`. */
class FormerNAdam extends optim.NAdam {
  protected override scalars(
    t: Tensor,
    rate: Tensor,
    running: Readonly<Record<string, Tensor>>,
  ): Record<optim.NAdamScalar, Tensor> {
    const published = super.scalars(t, rate, running);
    const next = this.momentumAt(t.add(1));
    const product = published.momentumProduct.mul(this.momentumAt(t)).mul(next);
    return { ...published, meanShare: rate.mul(next).div(product.neg().add(1)) };
  }
}

type Make = (model: object, a: Attributes, common: optim.OptimizerOptions) => optim.Optimizer;

const optimizers: Readonly<Record<string, Make>> = {
  SGD: (model, a, common) =>
    new optim.SGD(model, {
      ...common,
      momentum: a.optional("momentum"),
      dampening: a.optional("dampening"),
      nesterov: a.flag("nesterov"),
    }),
  Adam: (model, a, common) =>
    new optim.Adam(model, { ...common, ...momentOptions(a), amsgrad: a.flag("amsgrad") }),
  AdamW: (model, a, common) =>
    new optim.AdamW(model, { ...common, ...momentOptions(a), amsgrad: a.flag("amsgrad") }),
  Adagrad: (model, a, common) =>
    new optim.Adagrad(model, {
      ...common,
      learningRateDecay: a.optional("lr_decay"),
      initialAccumulator: a.optional("initial_accumulator_value"),
      eps: a.optional("eps"),
    }),
  Adadelta: (model, a, common) =>
    new optim.Adadelta(model, { ...common, rho: a.optional("rho"), eps: a.optional("eps") }),
  Adamax: (model, a, common) => new optim.Adamax(model, { ...common, ...momentOptions(a) }),
  NAdam: (model, a, common) =>
    new optim.NAdam(model, {
      ...common,
      ...momentOptions(a),
      momentumDecay: a.optional("momentum_decay"),
      decoupledWeightDecay: a.flag("decoupled_weight_decay"),
    }),
  NAdam_torch_1_13: (model, _, common) => new FormerNAdam(model, common),
  RAdam: (model, a, common) =>
    new optim.RAdam(model, {
      ...common,
      ...momentOptions(a),
      decoupledWeightDecay: a.flag("decoupled_weight_decay"),
    }),
  Rprop: (model, a, common) => {
    const [shrink, grow] = a.optionalNumbers("etas") ?? [];
    const [smallestStep, largestStep] = a.optionalNumbers("step_sizes") ?? [];
    return new optim.Rprop(model, { ...common, shrink, grow, smallestStep, largestStep });
  },
  RMSprop: (model, a, common) =>
    new optim.RMSprop(model, {
      ...common,
      alpha: a.optional("alpha"),
      momentum: a.optional("momentum"),
      centered: a.flag("centered"),
      eps: a.optional("eps"),
    }),
};

/** Makes the optimizer that the attributes name. */
export function makeOptimizer(model: object, a: Attributes): optim.Optimizer {
  const name = a.text("name");
  if (!Object.hasOwn(optimizers, name)) throw new Unsupported(`optimizer ${name}`);
  const learningRate = a.number("lr");
  const rules = a.has("groups") ? a.records("groups").flatMap((group) => rulesOf(group, a)) : [];
  return optimizers[name](model, a, {
    learningRate,
    weightDecay: a.optional("weight_decay"),
    rules,
  });
}

function rulesOf(group: Attributes, whole: Attributes): optim.ParameterRule[] {
  return group.texts("params").map((match) => ({
    match,
    learningRateFactor: group.number("lr", whole.number("lr")) / whole.number("lr"),
    weightDecay: group.optional("weight_decay"),
  }));
}

function momentOptions(a: Attributes): optim.MomentOptions {
  const [beta1, beta2] = a.optionalNumbers("betas") ?? [];
  return { beta1, beta2, eps: a.optional("eps") };
}

/** The clipping that the attribute `clip` describes; without one, none. */
export function clipping(a: Attributes): (gradients: Gradients) => Gradients {
  if (!a.has("clip")) return (gradients) => gradients;
  const clip = a.record("clip");
  if (clip.text("kind") === "value") {
    return (gradients) => optim.clipByValue(gradients, clip.number("clip_value"));
  }
  const options = { order: clip.number("norm_type", 2) };
  return (gradients) =>
    optim.clipByGlobalNorm(gradients, clip.number("max_norm"), options).gradients;
}

/** The gradients by the names of a model's parameters. */
export function byName(gradients: Gradients, model: Model): Tensors {
  return Object.fromEntries(
    Object.entries(model).map(([name, parameter]) => [name, gradients.get(parameter)!]),
  );
}

/** Results that grow row by row. */
export class Rows {
  readonly #rows = new Map<string, HostTensor[]>();
  readonly #single = new Map<string, HostTensor>();

  /** Adds a row to output `name`. */
  async add(name: string, row: Tensor): Promise<void> {
    const rows = this.#rows.get(name) ?? [];
    this.#rows.set(name, [...rows, await read(row)]);
  }

  /** Sets output `name` as a whole. */
  async set(name: string, value: Tensor): Promise<void> {
    this.#single.set(name, await read(value));
  }

  /** Sets every `every`-th row of one output, from row `first` on, as another. */
  pick(name: string, from: string, first: number, every: number): void {
    const rows = this.#rows.get(from)!;
    this.#rows.set(
      name,
      rows.filter((_, k) => k >= first && (k - first) % every === 0),
    );
  }

  results(): Results {
    const stacked = [...this.#rows].map(([name, rows]) => [name, stackRows(rows)] as const);
    return { outputs: new Map([...this.#single, ...stacked]), grads: new Map() };
  }
}

async function read({ node }: Tensor): Promise<HostTensor> {
  return { dtype: node.dtype, shape: node.shape, data: await node.data() };
}

function stackRows(rows: readonly HostTensor[]): HostTensor {
  const { dtype, shape }: { dtype: DType; shape: readonly number[] } = rows[0];
  const data = hostArray(dtype, rows.length * sizeOf(shape));
  for (const [k, row] of rows.entries()) data.set(row.data, k * sizeOf(shape));
  return { dtype, shape: [rows.length, ...shape], data };
}
