// Optimizers for jax-js, written out over its arrays: `begin` makes the state, `update` gives new parameters and state.

export function updateRule(jax, options) {
  if (options.kind !== "sgd") return adam(jax, options);
  return options.momentum > 0 ? momentum(jax, options) : descent(options);
}

/** Adam; with a weight decay, AdamW. */
function adam({ numpy: np }, { learningRate, beta1, beta2, eps, weightDecay = 0 }) {
  const zeros = (p) => mapValues(p, (x) => np.zeros(x.shape));
  const scale = (beta, steps) => np.reciprocal(np.subtract(1, np.exp(steps.mul(Math.log(beta)))));
  return {
    begin: (p) => ({ t: np.array(0, { dtype: np.float32 }), m: zeros(p), v: zeros(p) }),
    update(p, s, g) {
      const t = s.t.add(1);
      const first = scale(beta1, t.ref);
      const second = scale(beta2, t.ref);
      const m = mapValues(s.m, (x, k) => x.mul(beta1).add(g[k].ref.mul(1 - beta1)));
      const v = mapValues(s.v, (x, k) => x.mul(beta2).add(np.square(g[k]).mul(1 - beta2)));
      const next = mapValues(p, (x, k) => {
        const kept = weightDecay === 0 ? x : x.mul(1 - learningRate * weightDecay);
        const root = np.sqrt(v[k].ref.mul(second.ref)).add(eps);
        return kept.sub(m[k].ref.mul(first.ref).mul(learningRate).div(root));
      });
      first.dispose();
      second.dispose();
      return [next, { t, m, v }];
    },
  };
}

function momentum({ numpy: np }, { learningRate, momentum: factor }) {
  return {
    begin: (p) => mapValues(p, (x) => np.zeros(x.shape)),
    update(p, s, g) {
      const next = mapValues(s, (b, k) => b.mul(factor).add(g[k]));
      return [mapValues(p, (x, k) => x.sub(next[k].ref.mul(learningRate))), next];
    },
  };
}

function descent({ learningRate }) {
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
