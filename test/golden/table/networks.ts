// The networks that the group `end_to_end` trains, built of the library's layers.

import { nn, type Tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Float, Unsupported } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";
import { options } from "./transformer.ts";

/** Layers by the names that the case gives them, and what they compute in training mode. */
export interface Network {
  readonly parts: Readonly<Record<string, object>>;
  readonly forward: (x: Tensor) => Tensor;
}

type Build = (golden: GoldenCase, model: Attributes, dtype: Float) => Network;

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  tanh: (x) => x.tanh(),
  relu: (x) => x.relu(),
  gelu: (x) => x.gelu(),
};

const builders: Readonly<Record<string, Build>> = {
  mlp: (_, a, dtype) => {
    const sizes = a.numbers("sizes");
    const act = activations[a.text("activation")];
    const layers = sizes.slice(1).map((out, k) => new nn.Linear(sizes[k], out, { dtype }));
    const [first, ...others] = layers;
    return {
      parts: Object.fromEntries(layers.map((layer, k) => [`l${k}`, layer])),
      forward: (x) => others.reduce((y, layer) => layer.forward(act(y)), first.forward(x)),
    };
  },
  cnn: (golden, a, dtype) => {
    const [out1, in1, ...kernel1] = shapeOf(golden, "conv1.weight");
    const [out2, in2, ...kernel2] = shapeOf(golden, "conv2.weight");
    const [classes, features] = shapeOf(golden, "fc.weight");
    const bn = a.flag("batch_norm") ? new nn.BatchNorm1d(out1, { dtype }) : null;
    const padding = a.number("padding1");
    const conv1 = new nn.Conv2d(in1, out1, kernel1, { padding, bias: bn === null, dtype });
    const conv2 = new nn.Conv2d(in2, out2, kernel2, { dtype });
    const fc = new nn.Linear(features, classes, { dtype });
    const act = activations[a.text("activation")];
    const pool = a.text("pool") === "max" ? new nn.MaxPool2d(2) : new nn.AvgPool2d(2);
    const normalized = (x: Tensor): Tensor =>
      bn === null ? x : bn.forward(x.flatten(2), { training: true }).reshape(x.shape);
    const normalization: Readonly<Record<string, object>> = bn === null ? {} : { bn };
    return {
      parts: { conv1, ...normalization, conv2, fc },
      forward: (x) => {
        const pooled = pool.forward(act(normalized(conv1.forward(x))));
        return fc.forward(act(conv2.forward(pooled)).flatten(1));
      },
    };
  },
  transformer_lm: (golden, a, dtype) => {
    const [vocabulary, features] = shapeOf(golden, "tok.weight");
    const [length] = shapeOf(golden, "pos.weight");
    const tok = new nn.Embedding(vocabulary, features, { dtype });
    const pos = new nn.LearnedPositions(length, features, { dtype });
    const layerOptions = { ...options(a, dtype), causal: true };
    const block = new nn.TransformerEncoderLayer(features, a.number("nhead"), layerOptions);
    const norm = a.flag("final_norm") ? new nn.LayerNorm(features, { dtype }) : null;
    const head = new nn.Linear(features, vocabulary, { dtype });
    return {
      parts: { tok, pos, block, ...(norm && { norm }), head },
      forward: (x) => {
        const y = block.forward(pos.forward(tok.forward(x)));
        return head.forward(norm?.forward(y) ?? y).permute([0, 2, 1]); // classes on axis 1
      },
    };
  },
  lstm: (golden, a, dtype) => recurrentNetwork(golden, a, nn.LSTM, dtype),
  gru: (golden, a, dtype) => recurrentNetwork(golden, a, nn.GRU, dtype),
};

/** A recurrent layer, and a linear one on its last or on all its hidden states. */
function recurrentNetwork(
  golden: GoldenCase,
  a: Attributes,
  Layer: typeof nn.LSTM | typeof nn.GRU,
  dtype: Float,
): Network {
  const [outputs, hidden] = shapeOf(golden, "fc.weight");
  const features = golden.inputs[0].shape[2];
  const rnn = new Layer(features, hidden, { layers: a.number("num_layers"), dtype });
  const fc = new nn.Linear(hidden, outputs, { dtype });
  const chosen = (y: Tensor): Tensor => (a.text("head") === "last" ? y.select(1, -1) : y);
  return { parts: { rnn, fc }, forward: (x) => fc.forward(chosen(rnn.forward(x))) };
}

/** Builds the network that a case describes. */
export function networkOf(golden: GoldenCase, dtype: Float): Network {
  const model = golden.attributes.record("model");
  const kind = model.text("kind");
  if (!Object.hasOwn(builders, kind)) throw new Unsupported(`network ${kind}`);
  return builders[kind](golden, model, dtype);
}

function shapeOf({ params }: GoldenCase, name: string): readonly number[] {
  return params.find((p) => p.name === name)!.shape;
}
