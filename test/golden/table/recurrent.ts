// Recurrent layers, batch first or time first.

import { nn, type Tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { asLayer, type Float, type LayerEntry, type Outputs, ownForm } from "../entry.ts";
import { pathOf } from "./names.ts";

export const recurrent: Readonly<Record<string, LayerEntry>> = {
  LSTM: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => new nn.LSTM(...sizes(a), options(a, dtype)),
    forward: (layer, { x, h0, c0 }, a) => {
      const given = h0 === undefined ? null : { hidden: h0, cell: c0 };
      const { output, state } = (layer as nn.LSTM).run(batchFirst(x, a), given);
      return { out: batchFirst(output, a), h_n: state.hidden, c_n: state.cell };
    },
  },
  GRU: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => new nn.GRU(...sizes(a), options(a, dtype)),
    forward: (layer, x, a) => runHidden(layer as nn.GRU, x.x, x.h0, a),
  },
  RNN: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => {
      const nonlinearity = a.text("nonlinearity") as "tanh" | "relu";
      return new nn.RNN(...sizes(a), { ...options(a, dtype), nonlinearity });
    },
    forward: (layer, x, a) => runHidden(layer as nn.RNN, x.x, x.h0, a),
  },
  GRUCell: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => asLayer(new nn.GRUCell(...sizes(a), { dtype })),
    forward: (layer, { x, h }) => ({ h_out: ownForm<nn.GRUCell>(layer).forward(x, h) }),
  },
  LSTMCell: {
    path: pathOf,
    build: ({ attributes: a }, dtype) => asLayer(new nn.LSTMCell(...sizes(a), { dtype })),
    forward: (layer, { x, h, c }) => {
      const { hidden, cell } = ownForm<nn.LSTMCell>(layer).forward(x, { hidden: h, cell: c });
      return { h_out: hidden, c_out: cell };
    },
  },
};

function runHidden(
  layer: nn.GRU | nn.RNN,
  x: Tensor,
  h0: Tensor | undefined,
  a: Attributes,
): Outputs {
  const { output, state } = layer.run(batchFirst(x, a), h0 ?? null);
  return { out: batchFirst(output, a), h_n: state };
}

function sizes(a: Attributes): [number, number] {
  return [a.number("input_size"), a.number("hidden_size")];
}

function options(a: Attributes, dtype: Float): nn.RecurrentOptions {
  return {
    layers: a.number("num_layers"),
    bidirectional: a.flag("bidirectional"),
    bias: a.flag("bias"),
    dtype,
  };
}

/** Exchanges batch and time where the case has time first. */
function batchFirst(x: Tensor, a: Attributes): Tensor {
  return a.flag("batch_first") ? x : x.transpose(0, 1);
}
