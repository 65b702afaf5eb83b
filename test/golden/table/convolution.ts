// Convolution, pooling and attention: functions of tensors, and the layers that hold their parameters.

import { nn, type Tensor, tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Compute, type Entry, feeds, type LayerEntry, readAll } from "../entry.ts";
import { pathOf } from "./names.ts";

export const convolution: Readonly<Record<string, Compute>> = {
  conv1d: (x, a) => x.x.conv1d(x.weight, { bias: x.bias, ...convOptions(a) }),
  conv2d: (x, a) => x.x.conv2d(x.weight, { bias: x.bias, ...convOptions(a) }),
  conv3d: (x, a) => x.x.conv3d(x.weight, { bias: x.bias, ...convOptions(a) }),
  conv_transpose1d: (x, a) => x.x.convTranspose1d(x.weight, transposedOptions(x.bias, a)),
  conv_transpose2d: (x, a) => x.x.convTranspose2d(x.weight, transposedOptions(x.bias, a)),
  max_pool1d: ({ x }, a) => x.maxPool1d(a.numbers("kernel"), maxOptions(a)),
  max_pool2d: ({ x }, a) => x.maxPool2d(a.numbers("kernel"), maxOptions(a)),
  avg_pool1d: ({ x }, a) => x.avgPool1d(a.numbers("kernel"), avgOptions(a)),
  avg_pool2d: ({ x }, a) => x.avgPool2d(a.numbers("kernel"), avgOptions(a)),
  adaptive_avg_pool1d: ({ x }, a) => x.adaptiveAvgPool1d(a.numbers("output_size")),
  adaptive_avg_pool2d: ({ x }, a) => x.adaptiveAvgPool2d(a.numbers("output_size")),
  adaptive_max_pool2d: ({ x }, a) => x.adaptiveMaxPool2d(a.numbers("output_size")),
  upsample: ({ x }, a) =>
    x.upsample({
      size: a.optionalNumbers("size"),
      scale: a.optionalNumbers("scale_factor"),
      mode: a.text("mode") as "nearest" | "bilinear",
      alignCorners: a.flag("align_corners"),
    }),
  pixel_shuffle: ({ x }, a) => x.pixelShuffle(a.number("upscale_factor")),
  im2col: ({ x }, a) =>
    x.im2col(a.numbers("kernel"), {
      stride: a.numbers("stride"),
      padding: a.numbers("padding"),
      dilation: a.numbers("dilation"),
    }),
  scaled_dot_product_attention: ({ q, k, v, mask }, a) =>
    q.scaledDotProductAttention(k, v, {
      mask,
      causal: a.flag("causal"),
      scale: a.optional("scale"),
    }),
};

export const convolutionLayers: Readonly<Record<string, LayerEntry>> = {
  Conv1d: {
    build: ({ attributes: a }, dtype) =>
      new nn.Conv1d(a.number("in_channels"), a.number("out_channels"), a.numbers("kernel_size"), {
        ...convOptions(a),
        bias: a.flag("bias"),
        dtype,
      }),
  },
  Conv2d: {
    build: ({ attributes: a }, dtype) =>
      new nn.Conv2d(a.number("in_channels"), a.number("out_channels"), a.numbers("kernel_size"), {
        ...convOptions(a),
        bias: a.flag("bias"),
        dtype,
      }),
  },
  MultiheadAttention: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => {
      return new nn.MultiHeadAttention(a.number("embed_dim"), a.number("num_heads"), {
        bias: a.flag("bias"),
        kdim: a.optional("kdim"),
        vdim: a.optional("vdim"),
        dtype,
      });
    },
    forward: (layer, x, a) => {
      const ordered = (t: Tensor): Tensor => (a.flag("batch_first") ? t : t.transpose(0, 1));
      const query = ordered(x.query);
      const [key, value] = a.flag("self_attention")
        ? [query, query]
        : [ordered(x.key), ordered(x.value)];
      const mask = seen(x.attn_mask, x.key_padding_mask);
      const attention = layer as nn.MultiHeadAttention;
      const { output, probabilities } = attention.attend(query, key, value, { mask });
      const average = a.flag("average_attn_weights");
      return {
        out: ordered(output),
        attn_weights: average ? probabilities.mean({ axis: 1 }) : probabilities,
      };
    },
  },
};

export const positions: Readonly<Record<string, Entry>> = {
  sinusoidal_positional_encoding: async (golden, dtype) => {
    const { data, shape } = feeds(golden, dtype, ["input"]).positions;
    const longest = Math.max(...data) + 1;
    const features = golden.attributes.number("d_model");
    const encoded = nn.sinusoidalPositions(longest, features, { dtype });
    const out = encoded.take(tensor(data, { shape, dtype: "int32" }));
    return { outputs: await readAll({ out }), grads: new Map() };
  },
};

/** Both masks name what is not attended to: pairs [L, S], and keys [B, S]. */
function seen(pairs: Tensor | undefined, keys: Tensor | undefined): Tensor | null {
  if (pairs === undefined && keys === undefined) return null;
  const padding = keys?.reshape([keys.shape[0], 1, 1, keys.shape[1]]);
  const hidden =
    pairs === undefined ? padding! : padding === undefined ? pairs : pairs.logicalOr(padding);
  return hidden.logicalNot();
}

function convOptions(
  a: Attributes,
): Pick<nn.ConvLayerOptions, "stride" | "padding" | "dilation" | "groups"> {
  return {
    stride: a.numbers("stride"),
    padding: a.isText("padding") ? (a.text("padding") as "same" | "valid") : a.numbers("padding"),
    dilation: a.numbers("dilation"),
    groups: a.number("groups"),
  };
}

function transposedOptions(
  bias: Tensor | undefined,
  a: Attributes,
): Parameters<Tensor["convTranspose2d"]>[1] {
  return {
    bias,
    stride: a.numbers("stride"),
    padding: a.numbers("padding"),
    outputPadding: a.numbers("output_padding"),
    dilation: a.numbers("dilation"),
    groups: a.number("groups"),
  };
}

function maxOptions(a: Attributes): Parameters<Tensor["maxPool2d"]>[1] {
  return {
    stride: a.optionalNumbers("stride"),
    padding: a.numbers("padding"),
    dilation: a.numbers("dilation"),
    ceilMode: a.flag("ceil_mode"),
  };
}

function avgOptions(a: Attributes): Parameters<Tensor["avgPool2d"]>[1] {
  return {
    stride: a.optionalNumbers("stride"),
    padding: a.numbers("padding"),
    ceilMode: a.flag("ceil_mode"),
    countIncludePad: a.flag("count_include_pad"),
    divisor: a.optional("divisor_override"),
  };
}
