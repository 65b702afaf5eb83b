// Layers of a Transformer, batch first or time first; the cases' masks name what is not attended to.

import { nn, type Tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { asLayer, type Float, type LayerEntry, ownForm, type Tensors } from "../entry.ts";
import { pathOf } from "./names.ts";

export const transformer: Readonly<Record<string, LayerEntry>> = {
  TransformerEncoderLayer: {
    path: pathOf,
    build: ({ attributes: a }, dtype) =>
      new nn.TransformerEncoderLayer(...sizes(a), options(a, dtype)),
    forward: (layer, x, a) =>
      batchFirst((layer as nn.TransformerEncoderLayer).forward(batchFirst(x.x, a), seen(x)), a),
  },
  TransformerDecoderLayer: {
    path: pathOf,
    build: ({ attributes: a }, dtype) =>
      asLayer(new nn.TransformerDecoderLayer(...sizes(a), options(a, dtype))),
    forward: (layer, x, a) => {
      const own = ownForm<nn.TransformerDecoderLayer>(layer);
      return batchFirst(own.forward(batchFirst(x.x, a), batchFirst(x.memory, a), seen(x)), a);
    },
  },
};

function sizes(a: Attributes): [number, number] {
  return [a.number("d_model"), a.number("nhead")];
}

/** The options that a case, or a network's description, gives. */
export function options(a: Attributes, dtype: Float): nn.TransformerLayerOptions {
  return {
    dimFeedforward: a.number("dim_feedforward"),
    activation: a.text("activation") as "relu" | "gelu",
    normFirst: a.flag("norm_first"),
    layerNormEps: a.optional("layer_norm_eps"),
    dropout: a.number("dropout", 0),
    dtype,
  };
}

function seen({ attn_mask, key_padding_mask }: Tensors): nn.MaskContext {
  return { mask: attn_mask?.logicalNot(), keyMask: key_padding_mask?.logicalNot() };
}

/** Exchanges batch and time where the case has time first. */
function batchFirst(x: Tensor, a: Attributes): Tensor {
  return a.flag("batch_first") ? x : x.transpose(0, 1);
}
