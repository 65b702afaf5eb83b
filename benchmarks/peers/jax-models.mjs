// The models of the workloads in jax-js. A look-up is a product with one-hot rows, since the gradient of its `take`
// does not compile; attention is written out, since its own needs a newer Node; recurrence is unrolled, since it has no scan.

/** By kind of workload: parameters, `input` and `target`, which make arrays, and `forward(parameters, x)`. */
export const models = { mlp: perceptron, cnn: convolutional, lstm: recurrent, gpt: transformer };

function perceptron(jax, workload) {
  const { nn } = jax;
  const { sizes, batch, activation, outputActivation } = workload;
  const layers = sizes.length - 1;
  return {
    parameters: arrays(jax, workload.parameters),
    input: (x) => array(jax, x, [batch, sizes[0]]),
    target: (y, labels) =>
      labels ? oneHot(jax, labels, sizes.at(-1)) : array(jax, y, [batch, sizes.at(-1)]),
    forward(p, x) {
      for (let k = 0; k < layers; k++) {
        x = dense(jax, x, p[`weight${k}`], p[`bias${k}`]);
        const after = k < layers - 1 ? activation : outputActivation;
        if (after !== undefined) x = nn[after](x);
      }
      return x;
    },
  };
}

function convolutional(jax, { batch, sizes, parameters }) {
  const { numpy: np, nn, lax } = jax;
  const p = arrays(jax, parameters);
  for (const bias of ["kernelBias0", "kernelBias1"]) p[bias] = p[bias].reshape([-1, 1, 1]);
  const layer = (x, kernel, bias) => {
    const y = nn.relu(lax.convGeneralDilated(x, kernel, [1, 1], "VALID").add(bias));
    return lax.reduceWindow(y, np.max, [2, 2], [2, 2]);
  };
  return {
    parameters: p,
    input: (x) => array(jax, x, [batch, 1, 28, 28]),
    target: (_y, labels) => oneHot(jax, labels, sizes.at(-1)),
    forward(p, x) {
      const features = layer(layer(x, p.kernel0, p.kernelBias0), p.kernel1, p.kernelBias1);
      const flat = features.reshape([batch, sizes[0]]);
      return dense(jax, nn.relu(dense(jax, flat, p.weight0, p.bias0)), p.weight1, p.bias1);
    },
  };
}

/** Time comes first inside, so that a time step is a run of rows. */
function recurrent(jax, { vocabulary, hidden, batch, time, parameters }) {
  const { numpy: np, nn } = jax;
  return {
    parameters: arrays(jax, parameters),
    input: (x) => np.array(timeFirst(x, batch, time), { dtype: np.int32 }),
    target: (_y, labels) => oneHot(jax, timeFirst(labels, batch, time), vocabulary),
    forward(p, x) {
      const embedded = np.matmul(nn.oneHot(x, vocabulary).astype(np.float32), p.embedding);
      const steps = np.split(dense(jax, embedded, p.weightInput, p.gateBias), time, 0);
      let h = np.zeros([batch, hidden]);
      let c = np.zeros([batch, hidden]);
      const states = [];
      for (const step of steps) {
        const gates = np.split(step.add(np.matmul(h, p.weightHidden.ref)), 4, 1);
        const [i, f, g, o] = gates;
        c = nn
          .sigmoid(f)
          .mul(c)
          .add(nn.sigmoid(i).mul(np.tanh(g)));
        h = nn.sigmoid(o).mul(np.tanh(c.ref));
        states.push(h.ref);
      }
      for (const unused of [h, c, p.weightHidden]) unused.dispose();
      return dense(jax, np.concatenate(states, 0), p.weightOut, p.biasOut);
    },
  };
}

function transformer(jax, { vocabulary, width, depth, heads, batch, time, parameters }) {
  const { numpy: np, nn } = jax;
  const rows = batch * time;
  const later = (_, k) => (k % time > Math.floor(k / time) ? -1e9 : 0);
  const mask = array(jax, Float32Array.from({ length: time * time }, later), [1, 1, time, time]);
  const attend = (qkv) => {
    const size = width / heads;
    const [q, k, v] = np
      .split(qkv, 3, 1)
      .map((part) => np.transpose(part.reshape([batch, time, heads, size]), [0, 2, 1, 3]));
    const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(size));
    const y = np.matmul(nn.softmax(scores.add(mask.ref), -1), v);
    return np.transpose(y, [0, 2, 1, 3]).reshape([rows, width]);
  };
  const block = (x, p) => {
    const h = layerNorm(jax, x.ref, p("scale1"), p("shift1"));
    const attended = attend(dense(jax, h, p("weightQkv"), p("biasQkv")));
    const y = x.add(dense(jax, attended, p("weightProjection"), p("biasProjection")));
    const up = dense(
      jax,
      layerNorm(jax, y.ref, p("scale2"), p("shift2")),
      p("weightUp"),
      p("biasUp"),
    );
    return y.add(dense(jax, nn.gelu(up, { approximate: true }), p("weightDown"), p("biasDown")));
  };
  return {
    parameters: arrays(jax, parameters),
    input: (x) => np.array(x, { dtype: np.int32 }),
    target: (_y, labels) => oneHot(jax, labels, vocabulary),
    forward(p, x) {
      const embedded = np.matmul(nn.oneHot(x, vocabulary).astype(np.float32), p.tokens);
      let h = embedded.reshape([batch, time, width]).add(p.positions).reshape([rows, width]);
      for (let k = 0; k < depth; k++) h = block(h, (name) => p[`block${k}.${name}`]);
      return np.matmul(layerNorm(jax, h, p.finalScale, p.finalShift), p.head);
    },
  };
}

function dense({ numpy: np }, x, weight, bias) {
  return np.matmul(x, weight).add(bias);
}

function layerNorm({ nn }, x, scale, shift) {
  return nn.standardize(x, -1, { epsilon: 1e-5 }).mul(scale).add(shift);
}

function array({ numpy: np }, data, shape) {
  return np.array(data, { dtype: np.float32 }).reshape(shape);
}

function arrays(jax, parameters) {
  const made = ([name, { shape, data }]) => [name, array(jax, data, shape)];
  return Object.fromEntries(Object.entries(parameters).map(made));
}

function oneHot({ numpy: np, nn }, labels, classes) {
  return nn.oneHot(np.array(labels, { dtype: np.int32 }), classes).astype(np.float32);
}

function timeFirst(ids, batch, time) {
  return Int32Array.from({ length: batch * time }, (_, k) => {
    const row = k % batch;
    return ids[row * time + (k - row) / batch];
  });
}
