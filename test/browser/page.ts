// Runs in the browser: trains the digits network through the public entry points and reports what came out.

import { compile, losses, nn, optim, seed, type Tensor, threads } from "chainrule";
import { batches, column, digits } from "chainrule/data";

interface Report {
  readonly losses: number[];
  readonly accuracy: number;
  readonly traces: number;
  /** Threads after some large steps, and whether all steps gave the same bits. */
  readonly threads: number;
  readonly same: boolean;
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
  return {
    losses: [seen[0], seen.at(-1)!],
    accuracy: right / truth.length,
    traces: step.traces,
    ...(await large()),
  };
}

/** Repeats a large step until threads have joined it, and some times more. */
async function large(): Promise<{ threads: number; same: boolean }> {
  const wave = compile((x: Tensor) => x.mul(1.5).tanh().add(x.exp()).sum({ axis: 1 }));
  const x = new Float32Array(1 << 20).map((_, k) => Math.sin(k));
  const input = { data: x, shape: [1024, 1024], dtype: "float32" } as const;
  const first = await wave(input).data();
  let same = true;
  for (let k = 0; k < 300 && (k < 50 || (crossOriginIsolated && threads() === 1)); k++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const again = await wave(input).data();
    same &&= again.every((value, row) => value === first[row]);
  }
  return { threads: threads(), same };
}

(globalThis as { report?: Promise<Report> }).report = train();
