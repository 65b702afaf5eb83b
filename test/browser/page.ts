// Runs in the browser: trains the digits network through the public entry points and reports what came out.

import { compile, losses, nn, optim, seed, type Tensor } from "chainrule";
import { batches, column, digits } from "chainrule/data";

interface Report {
  readonly losses: number[];
  readonly accuracy: number;
  readonly traces: number;
}

async function train(): Promise<Report> {
  seed(1);
  const { train: training, test } = await digits();
  const model = new nn.Sequential(new nn.Linear(64, 32), new nn.ReLU(), new nn.Linear(32, 10));
  const optimizer = new optim.Adam(model, { learningRate: 1e-2 });
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = losses.crossEntropy(model.forward(images, { training: true }), labels);
    optimizer.step(loss.backward());
    return loss;
  });
  const seen: number[] = [];
  for (let epoch = 0; epoch < 5; epoch++) {
    for await (const { images, labels } of batches(training, {
      batchSize: 32,
      shuffle: true,
      seed: 1,
      epoch,
    })) {
      seen.push(await step(images, labels).item());
    }
  }
  const predict = compile((images: Tensor) => model.forward(images).argMax({ axis: 1 }));
  const predicted = await predict(column(test, "images")).data();
  const truth = column(test, "labels").data;
  const right = predicted.filter((label, k) => label === truth[k]).length;
  return { losses: [seen[0], seen.at(-1)!], accuracy: right / truth.length, traces: step.traces };
}

(globalThis as { report?: Promise<Report> }).report = train();
