// Handwritten digits of 8 × 8 pixels: 64 inputs, ten ReLU units, ten classes. `batch: "ten"` is one image of each class,
// few enough to see every number; `batch: "all"` is all 1,437 images at once, scored on the 360 others.

import { losses, nn, optim, seed, type Tensor, tensor } from "chainrule";
import { column, type Dataset, digits as embedded } from "chainrule/data";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

type Images = Dataset<"images" | "labels">;

export async function digits({ batch = "ten", learningRate = 0.02 }: Settings): Promise<Program> {
  const { train, test } = await embedded();
  seed(1);
  const model = new nn.Sequential(new nn.Linear(64, 10), new nn.ReLU(), new nn.Linear(10, 10));
  const optimizer = new optim.Adam(model, { learningRate: Number(learningRate) });
  const used = batch === "ten" ? oneOfEach(train) : everything(train);
  const unseen = inputsOf(test, everything(test));
  const program = programOf(
    model,
    optimizer,
    (images, labels) => {
      const loss = losses.crossEntropy(model.forward(images), labels);
      optimizer.step(loss.backward());
      return loss;
    },
    inputsOf(train, used),
  );
  const score = (): number =>
    model
      .forward(unseen.images)
      .argMax({ axis: 1 })
      .equal(unseen.labels)
      .cast("float32")
      .mean()
      .itemSync();
  return { ...program, score };
}

function inputsOf(set: Images, indices: readonly number[]): Record<"images" | "labels", Tensor> {
  const read = (field: "images" | "labels"): Tensor => {
    const { data, shape, dtype } = set.read(field, indices);
    return tensor(data, { shape, dtype });
  };
  return { images: read("images"), labels: read("labels") };
}

function everything({ size }: Images): number[] {
  return Array.from({ length: size }, (_, k) => k);
}

/** The first image of each class. */
function oneOfEach(set: Images): number[] {
  const labels = Array.from(column(set, "labels").data, Number);
  return Array.from({ length: 10 }, (_, digit) => labels.indexOf(digit));
}
