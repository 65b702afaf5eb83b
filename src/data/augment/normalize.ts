// Bringing the channels of images to the scale that a network was trained on. It is not random, so it stands at the end of
// the steps of training data and alone on those of validation data.

import { checkFinite } from "../../core/checks.ts";
import { isFloat } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { type AnyRecord, badField, type FieldOption, likeArray, noTensor } from "./field.ts";

/** Mean and deviation of each channel, or one number for all of them. */
export interface NormalizeOptions extends FieldOption {
  readonly mean: number | readonly number[];
  /** Above 0. */
  readonly std: number | readonly number[];
}

const names: OptionNames<NormalizeOptions> = { mean: true, std: true, field: true };

/**
 * Subtracts the mean and divides by the deviation of each channel, `(x − mean) / std`, as torchvision's `Normalize`.
 *
 * `.map(augment.normalize({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }))`
 * Shape: `[C, ...] → [C, ...]`. It is not random, and `mapDataset` takes it, too. Errors: `BAD_ARGUMENT` for other numbers of
 * channels, `DTYPE_MISMATCH` for bytes.
 */
export function normalize(options: NormalizeOptions): <R extends object>(record: R) => R {
  const op = "augment.normalize";
  checkOptionNames(op, options, names);
  const { mean, std, field = "images" } = options;
  const [means, stds] = [listOf("mean", mean), listOf("std", std)];
  const most = Math.max(means.length, stds.length);
  const zero = stds.find((x) => x <= 0);
  if (zero !== undefined) throw refused(`std is ${zero}`, "Use deviations above 0.");
  return (record) => {
    const tensor = (Object(record) as AnyRecord)[field] as HostTensor | undefined;
    if (tensor?.data === undefined || tensor.shape === undefined)
      throw noTensor(op, field, tensor, record);
    if (!isFloat(tensor.dtype)) throw badField(op, tensor, "floats");
    const [channels] = tensor.shape;
    if (most > 1 && ![means, stds].every((list) => list.length === 1 || list.length === channels))
      throw refused(
        `mean and std are of ${means.length} and ${stds.length} channels, and the image has ${channels}`,
        "Give a number for each channel, or one for all.",
      );
    return { ...record, [field]: normalized(tensor, means, stds) };
  };
}

function normalized(
  { dtype, shape, data }: HostTensor,
  means: readonly number[],
  stds: readonly number[],
): HostTensor {
  const result = likeArray(data, data.length);
  const size = data.length / (shape[0] ?? 1);
  for (let k = 0; k < data.length; k++) {
    const channel = Math.floor(k / size);
    result[k] = (data[k] - means[channel % means.length]) / stds[channel % stds.length];
  }
  return { dtype, shape, data: result };
}

function listOf(name: string, value: number | readonly number[]): readonly number[] {
  const list = typeof value === "number" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0)
    throw refused(`${name} is ${showValue(value)}`, "Give a number for each channel, or one.");
  for (const x of list) checkFinite("augment.normalize", { [name]: x });
  return list;
}

function refused(problem: string, fix: string): ChainruleError {
  return new ChainruleError({ code: "BAD_ARGUMENT", op: "augment.normalize", problem, fix });
}
