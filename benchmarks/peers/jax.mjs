// jax-js, backend `wasm` (one thread, as it comes in Node). The whole step is one `jit`. Its arrays are counted by
// hand: every use but the last takes `.ref`. It queues work; reading the loss each step is its fastest way here.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export async function load(backend) {
  const jax = await import("@jax-js/jax");
  const devices = await jax.init(backend);
  if (!devices.includes(backend)) throw new Error(`no device ${backend}: got ${devices}`);
  jax.defaultDevice(backend);
  const entry = createRequire(import.meta.url).resolve("@jax-js/jax");
  const manifest = new URL("../package.json", `file://${entry}`);
  return { jax, version: JSON.parse(readFileSync(manifest, "utf8")).version };
}

export function build({ jax }, workload) {
  const { numpy: np, nn, jit, tree } = jax;
  const { batch, sizes } = workload;
  const array = (data, shape) => np.array(data, { dtype: np.float32 }).reshape(shape);
  let parameters = {};
  workload.layers.forEach(({ inputs, outputs, weight, bias }, k) => {
    parameters[`weight${k}`] = array(weight, [inputs, outputs]);
    parameters[`bias${k}`] = array(bias, [outputs]);
  });
  const batches = workload.batches.map(({ x, y, labels }) => ({
    x: array(x, [batch, sizes[0]]),
    target: labels
      ? nn.oneHot(np.array(labels, { dtype: np.int32 }), sizes.at(-1)).astype(np.float32)
      : array(y, [batch, sizes.at(-1)]),
  }));
  const rule = updateRule(jax, workload.optimizer);
  let state = rule.begin(parameters);
  const differentiate = jax.valueAndGrad((p, x, target) => lossOf(jax, workload, p, x, target));
  const train = jit((p, s, x, target) => {
    const [loss, gradients] = differentiate(tree.ref(p), x, target);
    return [loss, ...rule.update(p, s, gradients)];
  });
  let loss;
  return {
    step(k) {
      loss?.dispose();
      [loss, parameters, state] = train(parameters, state, batches[k].x.ref, batches[k].target.ref);
      loss.ref.dataSync();
    },
    async loss() {
      await jax.blockUntilReady(parameters);
      return (await loss.ref.data())[0];
    },
  };
}

function lossOf(
  { numpy: np, nn },
  { layers, activation, outputActivation, loss, batch },
  p,
  x,
  target,
) {
  let y = x;
  layers.forEach((_, k) => {
    y = np.matmul(y, p[`weight${k}`]).add(p[`bias${k}`]);
    const after = k < layers.length - 1 ? activation : outputActivation;
    if (after !== undefined) y = nn[after](y);
  });
  if (loss === "crossEntropy")
    return nn
      .logSoftmax(y)
      .mul(target)
      .sum()
      .mul(-1 / batch);
  return np.square(y.sub(target)).mean();
}

/** `begin` makes the state, `update` gives new parameters and state. */
function updateRule({ numpy: np }, { kind, learningRate, momentum, beta1, beta2, eps }) {
  const zeros = (p) => mapValues(p, (x) => np.zeros(x.shape));
  if (kind === "adam") {
    return {
      begin: (p) => ({ t: np.array(0, { dtype: np.float32 }), m: zeros(p), v: zeros(p) }),
      update(p, s, g) {
        const t = s.t.add(1);
        const correction = (beta, steps) => np.subtract(1, np.exp(steps.mul(Math.log(beta))));
        const first = correction(beta1, t.ref);
        const second = correction(beta2, t.ref);
        const m = mapValues(s.m, (x, k) => x.mul(beta1).add(g[k].ref.mul(1 - beta1)));
        const v = mapValues(s.v, (x, k) => x.mul(beta2).add(np.square(g[k]).mul(1 - beta2)));
        const next = mapValues(p, (x, k) => {
          const root = np.sqrt(v[k].ref.div(second.ref)).add(eps);
          return x.sub(m[k].ref.div(first.ref).mul(learningRate).div(root));
        });
        first.dispose();
        second.dispose();
        return [next, { t, m, v }];
      },
    };
  }
  if (momentum > 0) {
    return {
      begin: (p) => zeros(p),
      update(p, s, g) {
        const next = mapValues(s, (b, k) => b.mul(momentum).add(g[k]));
        return [mapValues(p, (x, k) => x.sub(next[k].ref.mul(learningRate))), next];
      },
    };
  }
  return {
    begin: () => ({}),
    update: (p, s, g) => [mapValues(p, (x, k) => x.sub(g[k].mul(learningRate))), s],
  };
}

function mapValues(record, change) {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}
