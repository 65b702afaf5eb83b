// The models of the workloads in TensorFlow.js core ops. Images have channels last there, so convolution weights and
// the rows of the first dense layer are put into its order once.

/** By kind of workload: `forward` from an input tensor to outputs or logits, and `input`, which makes that tensor. */
export const models = { mlp: perceptron, cnn: convolutional, lstm: recurrent, gpt: transformer };

function perceptron(tf, { sizes, batch, parameters, activation, outputActivation }) {
  const p = variables(tf, parameters);
  const layers = sizes.length - 1;
  return {
    input: (x) => tf.tensor2d(x, [batch, sizes[0]]),
    forward(x) {
      for (let k = 0; k < layers; k++) {
        x = dense(tf, x, p[`weight${k}`], p[`bias${k}`]);
        const after = k < layers - 1 ? activation : outputActivation;
        if (after !== undefined) x = tf[after](x);
      }
      return x;
    },
  };
}

function convolutional(tf, { batch, sides, channels, parameters }) {
  const side = sides.at(-1);
  const { kernel0, kernel1, weight0, ...rest } = parameters;
  const last = (kernel) => tf.tensor(kernel.data, kernel.shape).transpose([2, 3, 1, 0]);
  const p = {
    ...variables(tf, rest),
    kernel0: tf.variable(last(kernel0)),
    kernel1: tf.variable(last(kernel1)),
    weight0: tf.variable(
      tf
        .tensor(weight0.data, [channels[2], side, side, weight0.shape[1]])
        .transpose([1, 2, 0, 3])
        .reshape(weight0.shape),
    ),
  };
  const layer = (x, kernel, bias) => {
    const y = tf.fused.conv2d({
      x,
      filter: kernel,
      strides: 1,
      pad: "valid",
      bias,
      activation: "relu",
    });
    return tf.maxPool(y, 2, 2, "valid");
  };
  return {
    input: (x) => tf.tensor4d(x, [batch, 28, 28, 1]),
    forward(x) {
      const features = layer(layer(x, p.kernel0, p.kernelBias0), p.kernel1, p.kernelBias1);
      const flat = features.reshape([batch, -1]);
      return dense(tf, tf.relu(dense(tf, flat, p.weight0, p.bias0)), p.weight1, p.bias1);
    },
  };
}

/** Its own layer for recurrence, whose gates have the order of ours. */
function recurrent(tf, { vocabulary, embedding, hidden, batch, time, parameters: p }) {
  const model = tf.sequential();
  model.add(tf.layers.embedding({ inputDim: vocabulary, outputDim: embedding, inputLength: time }));
  model.add(
    tf.layers.lstm({
      units: hidden,
      returnSequences: true,
      recurrentActivation: "sigmoid",
      recurrentInitializer: "glorotUniform",
    }),
  );
  model.add(tf.layers.dense({ units: vocabulary }));
  model.setWeights(Object.values(p).map(({ shape, data }) => tf.tensor(data, shape)));
  return {
    input: (x) => tf.tensor2d(x, [batch, time], "int32"),
    forward: (x) => model.apply(x, { training: true }).reshape([batch * time, vocabulary]),
  };
}

function transformer(tf, { width, depth, heads, batch, time, parameters }) {
  const p = variables(tf, parameters);
  const rows = batch * time;
  const mask = tf.tidy(() =>
    tf.linalg
      .bandPart(tf.ones([time, time]), -1, 0)
      .sub(1)
      .mul(1e9),
  );
  const block = (x, at) => {
    const h = layerNorm(tf, x, at("scale1"), at("shift1"));
    const qkv = dense(tf, h, at("weightQkv"), at("biasQkv"));
    const y = x.add(
      dense(
        tf,
        attend(tf, qkv, mask, { width, heads, batch, time }),
        at("weightProjection"),
        at("biasProjection"),
      ),
    );
    const up = dense(
      tf,
      layerNorm(tf, y, at("scale2"), at("shift2")),
      at("weightUp"),
      at("biasUp"),
    );
    return y.add(dense(tf, gelu(tf, up), at("weightDown"), at("biasDown")));
  };
  return {
    input: (x) => tf.tensor1d(x, "int32"),
    forward(x) {
      const embedded = tf.gather(p.tokens, x).reshape([batch, time, width]).add(p.positions);
      let h = embedded.reshape([rows, width]);
      for (let k = 0; k < depth; k++) h = block(h, (name) => p[`block${k}.${name}`]);
      return tf.matMul(layerNorm(tf, h, p.finalScale, p.finalShift), p.head);
    },
  };
}

function attend(tf, qkv, mask, { width, heads, batch, time }) {
  const size = width / heads;
  const [q, k, v] = tf
    .split(qkv, 3, 1)
    .map((part) => tf.transpose(part.reshape([batch, time, heads, size]), [0, 2, 1, 3]));
  const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(size));
  const y = tf.matMul(tf.softmax(scores.add(mask)), v);
  return tf.transpose(y, [0, 2, 1, 3]).reshape([batch * time, width]);
}

function layerNorm(tf, x, scale, shift) {
  const { mean, variance } = tf.moments(x, -1, true);
  return x
    .sub(mean)
    .mul(tf.rsqrt(variance.add(1e-5)))
    .mul(scale)
    .add(shift);
}

/** The tanh form. */
function gelu(tf, x) {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(tf.tanh(inner).add(1));
}

function dense(tf, x, weight, bias) {
  return tf.fused.matMul({ a: x, b: weight, bias, activation: "linear" });
}

function variables(tf, parameters) {
  const made = ([name, { shape, data }]) => [name, tf.variable(tf.tensor(data, shape))];
  return Object.fromEntries(Object.entries(parameters).map(made));
}
