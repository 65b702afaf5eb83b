// What does a customer of a bank want? 10,003 questions with one of 77 intents to learn from, 3,080 to be tested on
// (Banking77, Casanueva et al. 2020). The network is a bag: the mean of a vector for each word and each pair of
// words that follow one another, then one layer (A. Joulin et al. 2017, fastText). It knows no other order, and learns
// in seconds.
//
//                                     test accuracy after 10 epochs, mean of three seeds
//   here                              91.1 %
//   PyTorch, same model and steps     90.8 %
//
// It takes 2.4 s on two cores. Settings were chosen on a tenth of the training questions that was held out
// (`--validate`). PyTorch's program: pytorch/intent.py.

import { fileURLToPath } from "node:url";
import { data, nn, optim, seed as seedRandom } from "chainrule";
import { readCsv } from "chainrule/data";
import { fit, predict } from "chainrule/train";
import { accuracyTable, commandLine, type TrainOptions } from "./run.ts";
import { heading } from "./show.ts";
import { dataFile, padding, Vocabulary, wordsOf } from "./text.ts";

const batchSize = 64;
const bagSize = 80; // words and pairs of a question; one in fifty is longer and is cut off
const width = 128;

/** Words, and pairs of words: `is it` gives `is`, `it`, `is it`. */
function featuresOf(question: string): string[] {
  const words = wordsOf(question);
  return [...words, ...words.slice(1).map((word, k) => `${words[k]} ${word}`)];
}

/** Shape: int32 `[B, 80] → [B, 77]`. */
function makeModel(features: number, intents: number): nn.Sequential {
  return new nn.Sequential(
    new nn.EmbeddingBag(features, width, { paddingIndex: padding, init: nn.init.normal(0, 0.1) }),
    new nn.Dropout(0.5),
    new nn.Linear(width, intents),
  );
}

/** Questions with their intents. */
async function questions(part: string, options: TrainOptions): Promise<string[][]> {
  const file = dataFile(`text-banking77/${part}.csv`, options);
  const table = await readCsv(file, { missing: [] });
  const intents = table.texts("category");
  return table.texts("text").map((text, k) => [text!, intents[k]!]);
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Share of the test questions whose intent is found after each epoch. */
  readonly accuracies: readonly number[];
  /** The intents found for questions of our own. */
  readonly answers: readonly string[];
}

/** Runs the example and returns what it prints. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short, validate } = options;
  const epochs = options.epochs ?? (short ? 4 : 10);
  const [learned, tested] = [await questions("train", options), await questions("test", options)];
  const train = validate ? learned.filter((_, k) => k % 10 !== 0) : learned;
  const test = validate ? learned.filter((_, k) => k % 10 === 0) : tested;
  const intents = [...new Set(train.map(([, intent]) => intent))].sort();
  const vocabulary = new Vocabulary(
    train.map(([question]) => featuresOf(question)),
    { least: 2 },
  );
  const encode = (questions: readonly string[]): Int32Array => {
    const known = questions.map((text) => featuresOf(text).filter((word) => vocabulary.has(word)));
    return vocabulary.encode(known, bagSize);
  };
  const dataset = (rows: readonly string[][]): data.ArrayDataset<"questions" | "intents"> => {
    return new data.ArrayDataset({
      questions: { data: encode(rows.map(([question]) => question)), shape: [bagSize] },
      intents: { data: Int32Array.from(rows, ([, intent]) => intents.indexOf(intent)) },
    });
  };

  seedRandom(seed);
  const model = makeModel(vocabulary.size, intents.length);
  const parameters = nn.countParameters(model);
  const title = `${train.length} questions, ${vocabulary.size} words and pairs, ${parameters} weights`;
  for (const line of heading(title)) print(line);
  const { history } = await fit(model, {
    train: dataset(train),
    validation: dataset(test),
    epochs,
    batchSize,
    seed,
    optimizer: new optim.Adam(model),
    schedule: optim.oneCycle(1e-2, { steps: epochs * Math.ceil(train.length / batchSize) }),
    callbacks: [accuracyTable(print)],
  });

  const own = ["My card was swallowed by a machine!", "how long until money from abroad is there"];
  const { data: scores } = await predict(model, {
    dtype: "int32",
    shape: [own.length, bagSize],
    data: encode(own),
  });
  const answers = own.map((_, k) => {
    const row = scores.subarray(k * intents.length, (k + 1) * intents.length);
    return intents[row.indexOf(Math.max(...row))];
  });
  for (const [k, question] of own.entries()) print(`  ${question} → ${answers[k]}`);
  return {
    parameters,
    losses: history.map(({ train: { loss } }) => loss),
    accuracies: history.map(({ validation }) => validation!.accuracy),
    answers,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
