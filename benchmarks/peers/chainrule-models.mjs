// The models of the workloads in this library: layers with the weights that all libraries start from.

/** By kind of workload: a model with `forward(x, context)`. */
export const models = { mlp: perceptron, cnn: convolutional, lstm: recurrent, gpt: transformer };

function perceptron({ nn }, { sizes, parameters, activation, outputActivation }) {
  const activations = { relu: nn.ReLU, sigmoid: nn.Sigmoid };
  const layers = [];
  for (let k = 0; k < sizes.length - 1; k++) {
    layers.push(linear(nn, parameters[`weight${k}`], parameters[`bias${k}`]));
    const after = k < sizes.length - 2 ? activation : outputActivation;
    if (after !== undefined) layers.push(new activations[after]());
  }
  return new nn.Sequential(...layers);
}

function convolutional({ nn }, { parameters: p }) {
  const convolution = (kernel, bias) => {
    const [outputs, inputs, side] = kernel.shape;
    const layer = new nn.Conv2d(inputs, outputs, side);
    layer.weight.set(kernel.data);
    layer.bias.set(bias.data);
    return layer;
  };
  return new nn.Sequential(
    convolution(p.kernel0, p.kernelBias0),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    convolution(p.kernel1, p.kernelBias1),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    linear(nn, p.weight0, p.bias0),
    new nn.ReLU(),
    linear(nn, p.weight1, p.bias1),
  );
}

/** One of the two biases of the LSTM stays zero, since other libraries have only one. */
function recurrent({ nn }, { vocabulary, embedding: width, hidden, parameters: p }) {
  const embedding = embeddingOf(nn, p.embedding);
  const lstm = new nn.LSTM(width, hidden);
  const [layer] = lstm.layers;
  setTransposed(layer.weightInput, p.weightInput);
  setTransposed(layer.weightHidden, p.weightHidden);
  layer.biasInput.set(p.gateBias.data);
  layer.biasHidden.set(new Float32Array(4 * hidden));
  layer.biasHidden.trainable = false;
  const output = linear(nn, p.weightOut, p.biasOut);
  return {
    embedding,
    lstm,
    output,
    forward(x) {
      const states = lstm.forward(embedding.forward(x)); // [B, T, H]
      return output.forward(states).reshape([-1, vocabulary]); // [B T, V]
    },
  };
}

function transformer(library, { depth, heads, width, vocabulary, time, parameters: p }) {
  const { nn } = library;
  const tokens = embeddingOf(nn, p.tokens);
  const positions = embeddingOf(nn, p.positions);
  const places = library.tensor(Int32Array.from({ length: time }, (_, t) => t));
  const blocks = Array.from({ length: depth }, (_, k) =>
    transformerBlock(nn, (name) => p[`block${k}.${name}`], width, heads),
  );
  const norm = layerNorm(nn, p.finalScale, p.finalShift);
  const head = linear(nn, p.head);
  return {
    tokens,
    positions,
    blocks,
    norm,
    head,
    forward(x) {
      let h = tokens.forward(x).add(positions.forward(places)); // [B, T, C]
      for (const block of blocks) h = block.forward(h);
      return head.forward(norm.forward(h)).reshape([-1, vocabulary]); // [B T, V]
    },
  };
}

function transformerBlock(nn, p, width, heads) {
  const norm1 = layerNorm(nn, p("scale1"), p("shift1"));
  const norm2 = layerNorm(nn, p("scale2"), p("shift2"));
  const attention = new nn.MultiHeadAttention(width, heads, { causal: true });
  setTransposed(attention.inProjWeight, p("weightQkv"));
  attention.inProjBias.set(p("biasQkv").data);
  load(attention.outProj, p("weightProjection"), p("biasProjection"));
  const up = linear(nn, p("weightUp"), p("biasUp"));
  const down = linear(nn, p("weightDown"), p("biasDown"));
  return {
    norm1,
    attention,
    norm2,
    up,
    down,
    forward(x) {
      const y = x.add(attention.forward(norm1.forward(x)));
      return y.add(down.forward(up.forward(norm2.forward(y)).gelu({ approximate: "tanh" })));
    },
  };
}

function linear(nn, weight, bias) {
  const [inputs, outputs] = weight.shape;
  const layer = new nn.Linear(inputs, outputs, { bias: bias !== undefined });
  load(layer, weight, bias);
  return layer;
}

function load(layer, weight, bias) {
  setTransposed(layer.weight, weight);
  if (bias !== undefined) layer.bias.set(bias.data);
}

/** From `[in, out]` to this library's `[out, in]`. */
function setTransposed(parameter, { shape: [inputs, outputs], data }) {
  const result = new Float32Array(data.length);
  for (let row = 0; row < inputs; row++) {
    for (let column = 0; column < outputs; column++) {
      result[column * inputs + row] = data[row * outputs + column];
    }
  }
  parameter.set(result);
}

function embeddingOf(nn, { shape, data }) {
  const layer = new nn.Embedding(shape[0], shape[1]);
  layer.weight.set(data);
  return layer;
}

function layerNorm(nn, scale, shift) {
  const layer = new nn.LayerNorm(scale.shape[0]);
  layer.weight.set(scale.data);
  layer.bias.set(shift.data);
  return layer;
}
