// Initial weights of the workloads, by name, in layouts that no library owns: dense [in, out], convolution
// [out, in, y, x] with channels first in what is flattened, LSTM gates in the order input, forget, cell, output.

/** All parameters of a workload as `{ [name]: { shape, data } }`, in the order in which they are drawn. */
export function parametersOf(facts, numbers) {
  return makers[facts.kind](facts, new Drawer(numbers));
}

/** Draws arrays of one distribution each. */
class Drawer {
  #numbers;

  constructor(numbers) {
    this.#numbers = numbers;
  }

  uniform(shape, bound) {
    return filled(shape, () => (2 * this.#numbers.uniform() - 1) * bound);
  }

  /** Glorot's uniform distribution. */
  glorot(shape, inputs, outputs) {
    return this.uniform(shape, Math.sqrt(6 / (inputs + outputs)));
  }

  normal(shape, deviation) {
    return filled(shape, () => this.#numbers.normal() * deviation);
  }
}

const zeros = (shape) => filled(shape, () => 0);
const ones = (shape) => filled(shape, () => 1);

function filled(shape, next) {
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  for (let k = 0; k < data.length; k++) data[k] = next();
  return { shape, data };
}

const makers = {
  mlp: ({ sizes }, draw) => dense(sizes, draw),
  cnn({ channels, sizes }, draw) {
    const convolutions = channels.slice(1).map((outputs, k) => ({
      [`kernel${k}`]: draw.glorot([outputs, channels[k], 3, 3], 9 * channels[k], 9 * outputs),
      [`kernelBias${k}`]: zeros([outputs]),
    }));
    return Object.assign({}, ...convolutions, dense(sizes, draw));
  },
  lstm({ vocabulary, embedding, hidden }, draw) {
    return {
      embedding: draw.normal([vocabulary, embedding], 0.1),
      weightInput: draw.glorot([embedding, 4 * hidden], embedding, 4 * hidden),
      weightHidden: draw.uniform([hidden, 4 * hidden], 1 / Math.sqrt(hidden)),
      gateBias: zeros([4 * hidden]),
      weightOut: draw.glorot([hidden, vocabulary], hidden, vocabulary),
      biasOut: zeros([vocabulary]),
    };
  },
  gpt({ vocabulary, width, depth, time }, draw) {
    return Object.assign(
      {
        tokens: draw.normal([vocabulary, width], 0.02),
        positions: draw.normal([time, width], 0.02),
      },
      ...Array.from({ length: depth }, (_, k) => block(`block${k}.`, width, depth, draw)),
      {
        finalScale: ones([width]),
        finalShift: zeros([width]),
        head: draw.normal([width, vocabulary], 0.02),
      },
    );
  },
};

function dense(sizes, draw) {
  const layers = sizes.slice(1).map((outputs, k) => ({
    [`weight${k}`]: draw.glorot([sizes[k], outputs], sizes[k], outputs),
    [`bias${k}`]: zeros([outputs]),
  }));
  return Object.assign({}, ...layers);
}

/** One transformer block; layers that end in the residual stream start smaller (GPT-2). */
function block(prefix, width, depth, draw) {
  const residual = 0.02 / Math.sqrt(2 * depth);
  const named = {
    scale1: ones([width]),
    shift1: zeros([width]),
    weightQkv: draw.normal([width, 3 * width], 0.02),
    biasQkv: zeros([3 * width]),
    weightProjection: draw.normal([width, width], residual),
    biasProjection: zeros([width]),
    scale2: ones([width]),
    shift2: zeros([width]),
    weightUp: draw.normal([width, 4 * width], 0.02),
    biasUp: zeros([4 * width]),
    weightDown: draw.normal([4 * width, width], residual),
    biasDown: zeros([width]),
  };
  return Object.fromEntries(Object.entries(named).map(([name, p]) => [prefix + name, p]));
}
