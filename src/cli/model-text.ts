// A model in a line or a few: its layers in order and the number of its parameters.

import { nn } from "../index.ts";
import { grouped, wrap } from "./text.ts";

/** `Linear 64→64 · ReLU · Linear 64→10 · 4,810 parameters`, broken to the width. */
export function modelLines(model: nn.Layer, width: number): string[] {
  const layers = model instanceof nn.Sequential ? model.layers.map(layerText) : [layerText(model)];
  const parts = [...layers, `${grouped(nn.countParameters(model))} parameters`];
  return wrap(parts.map((part) => part.replaceAll(" ", "\u00a0")).join(" · "), width).map((line) =>
    line.replaceAll("\u00a0", " "),
  );
}

function layerText(layer: nn.Layer): string {
  const name = layer.constructor.name || "layer";
  if (!(layer instanceof nn.Linear)) return name;
  const [outputs, inputs] = layer.weight.shape;
  return `${name} ${inputs}→${outputs}`;
}
