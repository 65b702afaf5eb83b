// Layers, and norms that are layers here: built from the case's attributes, with the case's parameters.

import { nn } from "../../../src/index.ts";
import type { Compute, Float, LayerEntry } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";

const has = ({ params }: GoldenCase, name: string): boolean => params.some((p) => p.name === name);

/** By the number of spatial axes. */
const batchNorms = [nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d];

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
      new batchNorms[golden.inputs[0].shape.length - 2](golden.inputs[0].shape[1], {
        eps: golden.attributes.number("eps"),
        momentum: golden.attributes.number("momentum"),
        affine: has(golden, "weight"),
        dtype,
      }),
    state: { runningMean: "running_mean", runningVariance: "running_var" },
    forward: (layer, { x }, a) => {
      const out = layer.forward(x, { training: a.flag("training") });
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
  layer_norm: ({ x }, a) => x.layerNorm(a.numbers("normalized_shape"), { eps: a.number("eps") }),
};

function embedding({ params, attributes: a }: GoldenCase, dtype: Float): nn.Embedding {
  const [count, dim] = params[0].shape;
  return new nn.Embedding(count, dim, { paddingIndex: a.optional("padding_idx"), dtype });
}
