// A GPT on tiny Shakespeare: 65 characters, context of 64, 4 blocks of width 128 with 4 heads, 0.82 million
// weights. It reads a million characters of plays and learns to write more of them.
//
//                                         chainrule    PyTorch, same model and steps
//   validation loss after 5,000 steps     1.51         1.50        nats per character
//
// Training takes 216 s on two cores, the first 1,500 steps, which pass 1.75, 70 s. The validation loss is the mean over all
// 1,742 windows of the last tenth of the text. PyTorch's program: pytorch/gpt.py.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  compile,
  data,
  losses,
  nn,
  optim,
  random,
  seed as seedRandom,
  type Tensor,
  tensor,
} from "chainrule";
import type { ExplainedStep, ExplainRequest } from "chainrule/inspect";
import { commandLine, growingTable, type TrainOptions } from "./run.ts";
import { fixed, heading } from "./show.ts";

const context = 64;
const width = 128;
const blocks = 4;
const batchSize = 32;

/** What one position learns from those before it, and then what it makes of that. */
class Block {
  readonly norm1 = new nn.LayerNorm(width);
  readonly attention = new nn.MultiHeadAttention(width, 4, { causal: true });
  readonly norm2 = new nn.LayerNorm(width);
  readonly expand = new nn.Linear(width, 4 * width);
  readonly project = new nn.Linear(4 * width, width);

  forward(x: Tensor): Tensor {
    const attended = x.add(this.attention.forward(this.norm1.forward(x)));
    const thought = this.expand.forward(this.norm2.forward(attended)).gelu();
    return attended.add(this.project.forward(thought));
  }
}

/** Characters in, logits of the next character out. Shape: int32 `[B, T] → [B, T, characters]`. */
export class GPT {
  readonly characters: nn.Embedding;
  readonly positions = new nn.Embedding(context, width, { init: nn.init.normal(0, 0.02) });
  readonly blocks = Array.from({ length: blocks }, () => new Block());
  readonly norm = new nn.LayerNorm(width);
  readonly head: nn.Linear;

  constructor(characters: number) {
    this.characters = new nn.Embedding(characters, width, { init: nn.init.normal(0, 0.02) });
    this.head = new nn.Linear(width, characters, { bias: false });
  }

  forward(ids: Tensor): Tensor {
    let x = this.characters.forward(ids).add(this.positions.weight.slice([{ end: ids.shape[1] }]));
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(this.norm.forward(x));
  }

  /** Mean cross-entropy of what comes next. */
  loss(ids: Tensor, next: Tensor): Tensor {
    const logits = this.forward(ids);
    return losses.crossEntropy(logits.reshape([next.size, -1]), next.flatten());
  }
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  /** Step, loss of its batch and validation loss, each time it was measured. */
  readonly history: readonly { step: number; train: number; validation: number }[];
  /** What the model writes after a line break. */
  readonly sample: string;
}

/** Runs the example and returns what it prints; `epochs` counts thousands of steps. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short = false } = options;
  const steps = short ? 60 : 1000 * (options.epochs ?? 5);
  const text = readText(options);
  const tokenizer = data.characterTokenizer(text, { padToken: null, unkToken: null });
  const ids = tokenizer.encode(text);
  const cut = Math.floor(0.9 * ids.length);
  const [train, held] = [ids.subarray(0, cut), ids.subarray(cut, short ? cut + 6_000 : undefined)];

  seedRandom(seed);
  const model = new GPT(tokenizer.size);
  const optimizer = new optim.AdamW(model, { weightDecay: 0.1, beta2: 0.99 });
  const rate = optim.oneCycle(3e-3, { steps, upShare: 0.1 });
  const trainStep = compile((x: Tensor, y: Tensor) => {
    const loss = model.loss(x, y);
    optimizer.step(optim.clipByGlobalNorm(loss.backward(), 1).gradients);
    return loss;
  });
  const lossOf = compile((x: Tensor, y: Tensor) => model.loss(x, y));

  const parameters = nn.countParameters(model);
  for (const line of heading(
    `GPT: ${train.length} characters to learn from, ${parameters} weights`,
  ))
    print(line);
  const row = growingTable(print, ["step", "loss", "validation", "seconds"]);
  const history: { step: number; train: number; validation: number }[] = [];
  let seconds = 0;
  for (let step = 1; step <= steps; step++) {
    const start = performance.now();
    optimizer.learningRate = rate(step - 1);
    const places = random.stream.uniform(batchSize);
    const starts = Array.from(places, (u) => Math.floor(u * (cut - context)));
    const loss = trainStep(...windows(train, starts));
    seconds += (performance.now() - start) / 1000;
    if (step % (short ? 30 : 500) !== 0) continue;
    const found = { step, train: await loss.item(), validation: await validate(held, lossOf) };
    history.push(found);
    row(String(step), fixed(found.train, 4), fixed(found.validation, 4), fixed(seconds, 0));
  }
  const sample = write(model, tokenizer, short ? 40 : 500);
  print("");
  for (const line of sample.split("\n")) print(`  ${line}`);
  return { parameters, history, sample };
}

function readText({ dataDir = process.env.CHAINRULE_DATA }: TrainOptions): string {
  if (!dataDir)
    throw new Error("Name the folder that has tinyshakespeare/ by --data-dir or CHAINRULE_DATA.");
  return readFileSync(join(dataDir, "tinyshakespeare", "input.txt"), "utf8");
}

/** Windows of the text from `starts` on, and the same shifted by one: what comes next. */
function windows(ids: Int32Array, starts: readonly number[]): [Tensor, Tensor] {
  const rows = (shift: number): Tensor => {
    const data = new Int32Array(starts.length * context);
    for (const [k, at] of starts.entries()) {
      data.set(ids.subarray(at + shift, at + shift + context), k * context);
    }
    return tensor(data, { shape: [starts.length, context] });
  };
  return [rows(0), rows(1)];
}

async function validate(
  ids: Int32Array,
  lossOf: (x: Tensor, y: Tensor) => Tensor,
): Promise<number> {
  const count = Math.floor((ids.length - 1) / context);
  const starts = Array.from({ length: count }, (_, k) => k * context);
  let total = 0;
  for (let k = 0; k < count; k += 128) {
    const part = starts.slice(k, k + 128);
    total += (await lossOf(...windows(ids, part)).item()) * part.length;
  }
  return total / count;
}

/** Draws one character after another, each from what the model gives the last 64. */
function write(model: GPT, tokenizer: data.Tokenizer, length: number): string {
  const draw = compile((ids: Tensor, position: Tensor) => {
    const logits = model.forward(ids).take(position, 1).reshape([tokenizer.size]).div(0.8); // temperature 0.8
    return random.categorical(logits);
  });
  const ids = [tokenizer.id("\n")!];
  for (let k = 0; k < length; k++) {
    const seen = ids.slice(-context);
    const window = Int32Array.from({ length: context }, (_, i) => seen[i] ?? 0); // what comes later is not attended to
    const next = draw(
      tensor(window, { shape: [1, context] }),
      tensor([seen.length - 1], { dtype: "int32" }),
    );
    ids.push(next.itemSync());
  }
  return tokenizer.decode(ids.slice(1));
}

/** Characters of the step that is explained: enough for attention to look back at something. */
const explained = 16;

/** One step on sixteen characters from place `sample` on, for `chainrule explain examples/16-gpt.ts --data-dir …`. */
export function explain({ sample, dataDir }: ExplainRequest): ExplainedStep {
  const tokenizer = data.characterTokenizer(readText({ dataDir }), {
    padToken: null,
    unkToken: null,
  });
  const text = readText({ dataDir }).slice(sample, sample + explained + 1);
  const ids = tokenizer.encode(text);
  const model = new GPT(tokenizer.size);
  const optimizer = new optim.AdamW(model, { learningRate: 3e-3, weightDecay: 0.1, beta2: 0.99 });
  const row = (from: number): Tensor =>
    tensor(ids.subarray(from, from + explained), { shape: [1, explained] });
  return {
    title: `GPT on “${text.replaceAll("\n", " ")}”`,
    names: ["characters", "what comes next"],
    inputs: [row(0), row(1)],
    step: (x, y) => {
      const loss = model.loss(x, y);
      optimizer.step(optim.clipByGlobalNorm(loss.backward(), 1).gradients);
      return loss;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
