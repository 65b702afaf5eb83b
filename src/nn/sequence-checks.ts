// What recurrent layers and cells refuse: input of another rank or size, states that do not fit, and lengths or masks that
// do not belong to the batch. Also turns lengths into the mask of steps that count.

import { ChainruleError } from "../core/errors.ts";
import { checkWhole, type Shape, sameShape, showShape } from "../core/shape.ts";
import { currentRegion, describeRegion } from "../ir/region.ts";
import { Tensor } from "../ir/tensor.ts";
import { iota, tensor } from "../ops/leaf.ts";
import { inputError, wrongType } from "./layer.ts";
import type { RecurrentLayer, RecurrentLayers, SequenceContext } from "./recurrent.ts";

/** Checks a sequence and the parts of a state: the hidden one, and for an LSTM the cell. */
export function checkSequence(
  name: string,
  { layers, reverseLayers }: Pick<RecurrentLayers, "layers" | "reverseLayers">,
  x: Tensor,
  state: readonly Tensor[] | null,
): void {
  const [layer] = layers;
  const [, inFeatures] = layer.weightInput.shape;
  if (x.rank !== 3 || x.shape[2] !== inFeatures || x.shape[1] === 0) {
    throw inputError("SHAPE_MISMATCH", name, x, {
      expected: `[batch, time, ${inFeatures}] with at least one step`,
      fix: "Sequences are [batch, time, features]; permute time-first input with .transpose(0, 1).",
    });
  }
  if (x.dtype !== layer.weightInput.dtype) throw wrongType(name, x, layer.weightInput.dtype);
  checkState(name, layer, state, [layers.length + reverseLayers.length, x.shape[0]]);
}

/** Checks the input of a cell and the parts of its state. */
export function checkStep(
  name: string,
  layer: RecurrentLayer,
  x: Tensor,
  state: readonly Tensor[] | null,
): void {
  const [, inFeatures] = layer.weightInput.shape;
  if (x.rank !== 2 || x.shape[1] !== inFeatures) {
    throw inputError("SHAPE_MISMATCH", name, x, {
      expected: `[batch, ${inFeatures}]`,
      fix: "A cell takes one step; a layer without Cell in its name takes whole sequences.",
    });
  }
  if (x.dtype !== layer.weightInput.dtype) throw wrongType(name, x, layer.weightInput.dtype);
  checkState(name, layer, state, [x.shape[0]]);
}

/** Which steps count, from the lengths or the mask; null: all. Shape: bool `[B, T]`. */
export function stepsOf(
  x: Tensor,
  { lengths = null, mask = null }: SequenceContext,
): Tensor | null {
  const [batch, time] = x.shape;
  if (lengths !== null && mask !== null) throw bothGiven();
  if (lengths !== null) {
    const counts = countsOf(lengths);
    checkMask("lengths", counts, [batch], "int32");
    checkLengths(counts, time);
    return iota([batch, time], 1).less(counts.unsqueeze(1));
  }
  if (mask !== null) checkMask("mask", mask, [batch, time], "bool");
  return mask;
}

/** Lengths as a tensor. */
function countsOf(lengths: Tensor | readonly number[]): Tensor {
  if (lengths instanceof Tensor) return lengths;
  checkWhole("lengths", "lengths", lengths);
  if (!Array.isArray(lengths)) throw oneLength(lengths);
  return tensor(lengths, { shape: [lengths.length], dtype: "int32" });
}

/** The hidden part has as many features as the recurrent weight takes, the cell as many as one gate. */
function checkState(
  name: string,
  { weightHidden, weightProjection }: RecurrentLayer,
  state: readonly Tensor[] | null,
  leading: Shape,
): void {
  for (const [k, part] of (state ?? []).entries()) {
    const features = k === 0 ? weightHidden.shape[1] : (weightProjection ?? weightHidden).shape[1];
    const shape = [...leading, features];
    if (!sameShape(part.shape, shape)) {
      throw inputError("SHAPE_MISMATCH", name, part, {
        expected: `a state of shape [${shape.join(", ")}]`,
        fix: "Pass the state that it gave for a batch of the same size, or null for zeros.",
      });
    }
    if (part.dtype !== weightHidden.dtype) throw wrongType(name, part, weightHidden.dtype);
  }
}

function checkMask(what: string, given: Tensor, shape: Shape, dtype: "int32" | "bool"): void {
  const fits = sameShape(given.shape, shape);
  if (fits && given.dtype === dtype) return;
  throw new ChainruleError({
    code: fits ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op: what,
    problem: `expected ${dtype}${showShape(shape)} for this batch; received ${given.dtype}${showShape(given.shape)}`,
    fix: "lengths are int32 [batch], the number of steps of each sequence; mask is bool [batch, time].",
    detail: { expected: shape, received: given.shape, dtype: given.dtype },
    path: describeRegion(currentRegion()),
  });
}

function oneLength(given: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "lengths",
    problem: `there is one length per sequence; received ${String(given)}`,
    fix: "Pass a list of whole numbers, or int32 [batch].",
    path: describeRegion(currentRegion()),
  });
}

/** Lengths known on the host are checked; others count as whole sequences where they are too long. */
function checkLengths(lengths: Tensor, time: number): void {
  const at = lengths.node.value?.findIndex((n) => n < 0 || n > time) ?? -1;
  if (at < 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "lengths",
    problem: `sequence ${at} has length ${lengths.node.value![at]} in a batch of ${time} steps`,
    fix: `Lengths run from 0 to ${time}.`,
    detail: { at, length: lengths.node.value![at], time },
    path: describeRegion(currentRegion()),
  });
}

function bothGiven(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "lengths",
    problem: "both lengths and mask were given",
    fix: "Give one of them: lengths for padding at the end, a mask for padding anywhere.",
    path: describeRegion(currentRegion()),
  });
}
