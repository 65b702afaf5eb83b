// Layers, and norms that are layers here: built from the case's attributes, with the case's parameters.

import { nn } from "../../../src/index.ts";
import type { Compute, Float, LayerEntry } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";

const has = ({ params }: GoldenCase, name: string): boolean => params.some((p) => p.name === name);

export const layers: Readonly<Record<string, LayerEntry>> = {
  Linear: {
    build: ({ attributes: a }, dtype) =>
      new nn.Linear(a.number("in_features"), a.number("out_features"), {
        bias: a.flag("bias"),
        dtype,
      }),
  },
  Embedding: { build: embedding, forward: (layer, { ids }) => layer.forward(ids) },
  embedding: { build: embedding, forward: (layer, { ids }) => layer.forward(ids) },
  layer_norm: {
    build: (golden, dtype) =>
      new nn.LayerNorm(golden.attributes.numbers("normalized_shape"), {
        eps: golden.attributes.number("eps"),
        affine: has(golden, "weight"),
        bias: has(golden, "bias"),
        dtype,
      }),
  },
  batch_norm: {
    build: (golden, dtype) =>
      new nn.BatchNorm1d(golden.inputs[0].shape[1], {
        eps: golden.attributes.number("eps"),
        momentum: golden.attributes.number("momentum"),
        affine: has(golden, "weight"),
        dtype,
      }),
    state: { runningMean: "running_mean", runningVariance: "running_var" },
    forward: (layer, { x }, a) => {
      const [n, channels, ...space] = x.shape;
      const flat = space.length < 2 ? x : x.reshape([n, channels, -1]);
      const out = layer.forward(flat, { training: a.flag("training") }).reshape(x.shape);
      const { runningMean, runningVariance } = layer as nn.BatchNorm1d;
      return { out, running_mean_out: runningMean, running_var_out: runningVariance };
    },
  },
  dropout: {
    build: ({ attributes: a }) => new nn.Dropout(a.number("p")),
    forward: (layer, { x }, a) => layer.forward(x, { training: a.flag("training") }),
  },
};

/** The same as functions, for programs that use them without parameters. */
export const layerFunctions: Readonly<Record<string, Compute>> = {
  layer_norm: ({ x }, a) => {
    const shape = a.numbers("normalized_shape");
    return new nn.LayerNorm(shape, { eps: a.number("eps"), affine: false }).forward(x);
  },
};

function embedding({ params, attributes: a }: GoldenCase, dtype: Float): nn.Embedding {
  const [count, dim] = params[0].shape;
  return new nn.Embedding(count, dim, { paddingIndex: a.optional("padding_idx"), dtype });
}
