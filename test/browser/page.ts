// Runs in the browser: trains the digits network through the public entry points and reports what came out.

import { compile, losses, nn, optim, seed, type Tensor, threads } from "chainrule";
import { batches, column, digits, imageTensor, parallel, readCsv } from "chainrule/data";
import makeLoader from "./loading.ts";

interface Report {
  readonly losses: number[];
  readonly accuracy: number;
  readonly traces: number;
  /** Threads after some large steps, and whether all steps gave the same bits. */
  readonly threads: number;
  readonly same: boolean;
  /** Batches that workers loaded, and whether they are those that the page makes itself. */
  readonly loaded: number;
  readonly loadedSame: boolean;
  /** Whether a canvas, an image file and a table file are read as what they hold. */
  readonly read: boolean;
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
    ...(await load()),
    read: await read(),
  };
}

/** Reads pixels from a canvas and from a file made of it, and a table from a Blob. */
async function read(): Promise<boolean> {
  const canvas = new OffscreenCanvas(3, 2);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "rgb(255, 51, 0)";
  context.fillRect(1, 0, 2, 2);
  const pictures = [canvas, context.getImageData(0, 0, 3, 2), await canvas.convertToBlob()];
  const expected = [0, 1, 1, 0, 1, 1, 0, 0.2, 0.2, 0, 0.2, 0.2, 0, 0, 0, 0, 0, 0];
  for (const picture of pictures) {
    const { data } = await imageTensor(picture);
    if (expected.some((value, k) => Math.abs(data[k] - value) > 1e-6)) return false;
  }
  const { size, names } = await readCsv(new Blob(["a,b\n1,x\n2,y\n"]));
  return size === 2 && names.join() === "a,b";
}

/** Loads a pass with workers, and beside it without. */
async function load(): Promise<{ loaded: number; loadedSame: boolean }> {
  const settings = { seed: 4 };
  const workers = await parallel(new URL("/loading.js", location.href), {
    workers: 2,
    arguments: settings,
  });
  const own = (await makeLoader(settings)).pass(1) as AsyncGenerator<{
    readonly images: { readonly data: ArrayLike<number> };
  }>;
  let loaded = 0;
  let loadedSame = true;
  for await (const { images } of workers.pass(1)) {
    const { value } = await own.next();
    const expected = value?.images.data;
    loadedSame &&= images.data.every((x, k) => x === expected[k]);
    loaded++;
  }
  await workers.close();
  return { loaded, loadedSame };
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
