// Three networks worked by hand, with every value on the way.

import { compile, gradients, losses, optim, type Tensor } from "../../../src/index.ts";
import type { Entry, Float, Results, Tensors } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";
import { byName, dataOf, type Model, modelOf, Rows } from "./training.ts";

/** One network: its values on the way to the loss, which is among them. */
interface Network {
  readonly forward: (p: Model, x: Tensors) => Tensors & { readonly loss: Tensor };
  /** Adds what the case asks for before the first update. */
  readonly before: (rows: Rows, values: Tensors, g: Tensors, x: Tensors) => Promise<void>;
  /** Adds the losses of one step. */
  readonly during: (rows: Rows, loss: Tensor) => Promise<void>;
  readonly after: (rows: Rows, values: Tensors) => Promise<void>;
}

const sigmoid231: Network = {
  forward: ({ W1, W2 }, { x, t }) => {
    const z1 = W1.matmul(x);
    const a1 = z1.sigmoid();
    const z2 = W2.dot(a1);
    const y = z2.sigmoid();
    return { z1, a1, z2, y, loss: losses.meanSquaredError(y, t, { halfSum: true }) };
  },
  before: async (rows, values, g, { x }) => {
    for (const name of ["z1", "a1", "z2", "y", "loss"]) await rows.set(name, values[name]);
    const [delta1, delta2, dx] = gradients(values.loss, [values.z1, values.z2, x]);
    for (const [name, value] of Object.entries({ delta1, delta2, dx, dW1: g.W1, dW2: g.W2 })) {
      await rows.set(name, value);
    }
  },
  during: (rows, loss) => rows.add("losses", loss),
  after: async (rows, values) => {
    rows.pick("losses_every_100", "losses", 0, 100);
    rows.pick("losses_after_first_every_100", "losses", 1, 100);
    await rows.set("y_final", values.y);
  },
};

const linearRegression: Network = {
  forward: ({ W, b }, { x, y_real }) => {
    const y = W.dot(x).add(b);
    return { y, loss: losses.meanSquaredError(y, y_real, { halfSum: true }) };
  },
  before: async (rows, { y }, g) => {
    await rows.set("y_0", y);
    await rows.set("dW_0", g.W);
    await rows.set("db_0", g.b);
  },
  during: async (rows, loss) => {
    await rows.add("half_squared_error", loss);
    await rows.add("squared_error", loss.mul(2));
  },
  after: async (rows, values) => {
    rows.pick("half_squared_error_every_100", "half_squared_error", 0, 100);
    await rows.set("y_final", values.y);
  },
};

const reluCrossEntropy: Network = {
  forward: ({ W1, b1, W2, b2 }, { X, t }) => {
    const z1 = X.matmul(W1.transpose(0, 1)).add(b1);
    const h = z1.relu();
    const z2 = h.matmul(W2).add(b2);
    const y = z2.sigmoid();
    return { z1, h, z2, y, loss: losses.binaryCrossEntropy(y, t) };
  },
  before: async (rows, values, g) => {
    for (const name of ["z1", "h", "z2", "y"]) await rows.set(`${name}_0`, values[name]);
    for (const name of ["W1", "b1", "W2", "b2"]) await rows.set(`d${name}_0`, g[name]);
  },
  during: (rows, loss) => rows.add("losses", loss),
  after: async (rows, values) => {
    rows.pick("losses_every_100", "losses", 0, 100);
    await rows.set("y_final", values.y);
  },
};

export const seeds: Readonly<Record<string, Entry>> = {
  seed_sigmoid_2_3_1: train(sigmoid231),
  seed_linear_regression: train(linearRegression),
  seed_relu_bce_2_3_1: train(reluCrossEntropy),
};

function train(network: Network): Entry {
  return async (golden: GoldenCase, dtype: Float): Promise<Results> => {
    const x = dataOf(golden, dtype);
    const model = modelOf(golden, dtype);
    const optimizer = new optim.SGD(model, { learningRate: golden.attributes.number("lr") });
    const rows = new Rows();
    const values = network.forward(model, x);
    await network.before(rows, values, byName(values.loss.backward(), model), x);
    const step = compile(() => {
      const { loss } = network.forward(model, x);
      optimizer.step(loss.backward());
      return loss;
    });
    for (let k = 0; k < golden.attributes.number("updates"); k++) {
      await network.during(rows, step());
      if (k === 0) await setAll(rows, model, "after_1");
    }
    const last = network.forward(model, x);
    await network.during(rows, last.loss);
    await network.after(rows, last);
    await setAll(rows, model, "final");
    return rows.results();
  };
}

async function setAll(rows: Rows, model: Model, suffix: string): Promise<void> {
  for (const [name, parameter] of Object.entries(model)) {
    await rows.set(`${name}_${suffix}`, parameter);
  }
}
