// How one prediction looks: the image on the left where there is one, and a bar per class beside it.

import { bar, enlargement, picture } from "./picture.ts";
import type { Prediction } from "./predict.ts";
import { colorsFor, number, percent, widthOf } from "./text.ts";

/** Classes listed at most, the most probable ones. */
const classesListed = 12;
/** Columns of a bar: at most, and below which there are none. */
const barColumns = { most: 24, least: 4 };

interface Image {
  readonly pixels: ArrayLike<number>;
  readonly imageShape: readonly [channels: number, height: number, width: number];
}

/** Lines of one prediction. */
export function predictionText(
  prediction: Prediction,
  classes: readonly string[] | undefined,
  image: Image | undefined,
  stream: NodeJS.WriteStream,
): string {
  const heading = `  ${headingOf(prediction, stream)}\n\n`;
  if (classes === undefined) {
    return `${heading}  ${prediction.outputs!.map(number).join("  ")}\n`;
  }
  const left = image === undefined ? [] : drawn(image, stream);
  const beside = image === undefined ? 0 : columnsOfPicture(image.imageShape[2]) + 3;
  const right = classLines(prediction, classes, widthOf(stream) - 2 - beside, stream);
  return `${heading}${sideBySide(left, right, image?.imageShape[2] ?? 0)}`;
}

function headingOf({ index, actual, predicted }: Prediction, stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  const sample = colors.dim(`sample ${index}`);
  if (predicted === undefined) return sample;
  if (actual === undefined) return `${sample}  ${colors.bold(predicted)}`;
  const right = actual === predicted;
  const verdict = right ? colors.green("right") : colors.red(`wrong: it is ${actual}`);
  return `${sample}  ${colors.bold(predicted)}  ${verdict}`;
}

function drawn({ pixels, imageShape }: Image, stream: NodeJS.WriteStream): string[] {
  const [, height, width] = imageShape;
  return picture(pixels, height, width, stream);
}

function classLines(
  { predicted, probabilities }: Prediction,
  classes: readonly string[],
  room: number,
  stream: NodeJS.WriteStream,
): string[] {
  const colors = colorsFor(stream);
  const listed = classes.map((name, k) => ({ name, probability: probabilities![k] }));
  if (listed.length > classesListed) {
    listed.sort((a, b) => b.probability - a.probability).length = classesListed;
  }
  const width = Math.max(...listed.map(({ name }) => name.length));
  const free = Math.min(barColumns.most, room - width - 10);
  const length = free < barColumns.least ? 0 : free;
  return listed.map(({ name, probability }) => {
    const share = percent(probability, 1).padStart(7);
    const line = `${name.padStart(width)}  ${bar(probability, length)} ${share}`;
    return name === predicted ? colors.bold(line) : colors.dim(line);
  });
}

function columnsOfPicture(pixels: number): number {
  return pixels === 0 ? 0 : pixels * enlargement(pixels);
}

/** Sets the classes beside the picture, centred on it. */
function sideBySide(left: readonly string[], right: readonly string[], pixels: number): string {
  const blank = " ".repeat(columnsOfPicture(pixels));
  const height = Math.max(left.length, right.length);
  const shift = (lines: readonly string[]): number => Math.floor((height - lines.length) / 2);
  const lines = Array.from({ length: height }, (_, k) => {
    const picture = left[k - shift(left)] ?? blank;
    const text = right[k - shift(right)] ?? "";
    return left.length === 0 ? `  ${text}` : `  ${picture}   ${text}`.trimEnd();
  });
  return `${lines.join("\n")}\n`;
}
