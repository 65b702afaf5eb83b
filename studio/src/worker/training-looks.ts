// What is to be seen of a model while it trains: its answers over the plane, pictures of its units, weights beside their
// gradients, the confusion matrix, and the saliency of an image. All of it in inference mode, by compiled functions.

import { compile, gradients, type HostArray, nn, type Tensor, tensor } from "chainrule";
import { evaluator } from "chainrule/train";
import { reach } from "../playground/description.ts";
import type { ParameterLook, Pictures, Plane, Prediction } from "./training-protocol.ts";
import type { TrainingRun } from "./training-run.ts";

/** Places along a side of the plane, and of the pictures of units in it. */
const planeSide = 80;
const pictureSide = 40;
/** Most units of a block that are pictured; of single values four times as many. */
const mostPictures = 32;
/** Most elements of a parameter that are shown. */
const mostElements = 4096;

export class Looks {
  readonly #run: TrainingRun;
  readonly #pass: (inputs: Tensor) => Tensor[];
  readonly #saliency: (inputs: Tensor, chosen: Tensor) => Tensor;
  readonly #evaluate: ReturnType<typeof evaluator>;
  readonly #grid: Tensor | undefined;

  constructor(run: TrainingRun) {
    const { model, ends, samples } = run;
    this.#run = run;
    this.#pass = compile((inputs: Tensor) =>
      passThrough(model, ends, samples.classes !== undefined, inputs),
    );
    this.#saliency = compile((inputs: Tensor, chosen: Tensor) => {
      const score = model.forward(inputs).mul(chosen).sum();
      return gradients(score, [inputs])[0].abs();
    });
    this.#evaluate = evaluator(model, {
      loss: (outputs: Tensor, targets: Tensor) => run.loss(outputs, targets),
    });
    this.#grid =
      samples.shape.length === 1 && samples.shape[0] === 2 ? gridOf(planeSide) : undefined;
  }

  /** The plane and the pictures, from one forward pass; of a record of the test set where inputs are no plane. */
  pictures(
    record: number,
    image: Float32Array | undefined,
  ): { plane: Plane | undefined; pictures: Pictures[] } {
    const values = this.#pass(this.#grid ?? this.#inputs(record, image));
    const answers = values[values.length - 1];
    const blocks = values.slice(0, -1);
    if (this.#grid === undefined) return { plane: undefined, pictures: blocks.map(ofRecord) };
    const { classes } = this.#run.samples;
    return { plane: planeOf(answers, classes?.length), pictures: blocks.map(overPlane) };
  }

  weights(): ParameterLook[] {
    const { model, gradients: kept } = this.#run;
    return [...nn.parameters(model)].map(([path, parameter]) => {
      const weight = floats(parameter.dataSync());
      const gradient = floats(kept.get(parameter)!.dataSync());
      return {
        path,
        shape: parameter.shape,
        weight: weight.slice(0, mostElements),
        gradient: gradient.slice(0, mostElements),
        weightNorm: norm(weight),
        gradientNorm: norm(gradient),
      };
    });
  }

  async confusion(): Promise<number[][] | undefined> {
    const { confusion } = await this.#evaluate(this.#run.samples.test);
    if (confusion === undefined) return undefined;
    const { counts, classes } = confusion;
    return Array.from({ length: classes }, (_, truth) => [
      ...counts.subarray(truth * classes, (truth + 1) * classes),
    ]);
  }

  predict(image: Float32Array): Prediction {
    const inputs = tensor(image, { shape: [1, ...this.#run.samples.shape] });
    const answers = this.#pass(inputs);
    const probabilities = Array.from(answers[answers.length - 1].dataSync(), Number);
    const best = probabilities.indexOf(Math.max(...probabilities));
    const chosen = Float32Array.from(probabilities, (_, k) => Number(k === best));
    const saliency = this.#saliency(inputs, tensor(chosen, { shape: [1, chosen.length] }));
    return { probabilities, saliency: floats(saliency.dataSync()) };
  }

  #inputs(record: number, image: Float32Array | undefined): Tensor {
    const { test, shape } = this.#run.samples;
    const size = shape.reduce((n, length) => n * length, 1);
    if (image?.length === size) return tensor(image, { shape: [1, ...shape] });
    const { data } = test.read("inputs", [Math.min(record, test.size - 1)]);
    return tensor(data, { shape: [1, ...shape] });
  }
}

/** Values where blocks end, and at last the model's answer: probabilities of classes, or the number. */
function passThrough(
  model: nn.Sequential,
  ends: readonly number[],
  classifies: boolean,
  inputs: Tensor,
): Tensor[] {
  const values: Tensor[] = [];
  let value = inputs;
  for (const [k, layer] of model.layers.entries()) {
    value = layer.forward(value, { training: false });
    if (ends.includes(k)) values.push(value);
  }
  const last = values.pop()!;
  return [...values, classifies ? last.softmax() : last];
}

/** The centres of `side × side` squares of the plane, row by row from the top. */
function gridOf(side: number): Tensor {
  const at = (k: number): number => -reach + ((k + 0.5) * 2 * reach) / side;
  const places = new Float32Array(2 * side * side);
  for (let k = 0; k < side * side; k++) {
    places[2 * k] = at(k % side);
    places[2 * k + 1] = -at(Math.floor(k / side));
  }
  return tensor(places, { shape: [side * side, 2] });
}

function planeOf(answers: Tensor, classes: number | undefined): Plane {
  const values = answers.dataSync();
  const places = planeSide * planeSide;
  if (classes === undefined)
    return { side: planeSide, winner: new Uint8Array(places), share: floats(values) };
  const winner = new Uint8Array(places);
  const share = new Float32Array(places);
  for (let k = 0; k < places; k++) {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (values[k * classes + c] > values[k * classes + best]) best = c;
    winner[k] = best;
    share[k] = values[k * classes + best] as number;
  }
  return { side: planeSide, winner, share };
}

/** The value of each unit over the plane. */
function overPlane(block: Tensor): Pictures {
  const [, all] = block.shape;
  const source = block.dataSync();
  const units = Math.min(all, mostPictures);
  const ratio = planeSide / pictureSide;
  const values = new Float32Array(units * pictureSide * pictureSide);
  let at = 0;
  for (let unit = 0; unit < units; unit++) {
    for (let row = 0; row < pictureSide; row++) {
      for (let column = 0; column < pictureSide; column++) {
        values[at++] = source[(row * ratio * planeSide + column * ratio) * all + unit] as number;
      }
    }
  }
  return { units, all, height: pictureSide, width: pictureSide, values };
}

/** The feature maps, or the single values, of one record. */
function ofRecord(block: Tensor): Pictures {
  const [, all, height = 1, width = 1] = block.shape;
  const units = Math.min(all, height * width === 1 ? 4 * mostPictures : mostPictures);
  return {
    units,
    all,
    height,
    width,
    values: floats(block.dataSync()).slice(0, units * height * width),
  };
}

function floats(values: HostArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}
