// A recurrent network that invents names, letter by letter, after reading 23,594 of them. It sees a letter at a time and
// keeps what it needs in a state of 128 numbers: `--model rnn`, `lstm` or `gru` decides how.
//
//   loss per letter on names held out          here       in PyTorch, same model and steps
//   --model rnn                                2.047      2.045      nats, after 5 epochs
//   --model lstm                               1.995      1.995
//   --model gru                                1.994      1.995
//
// Guessing by the frequency of letters gives 2.82. One tenth of the names is for choosing settings (`--validate`),
// another for these figures. They take 1.5, 4 and 7 s on two cores. PyTorch's program: pytorch/char_rnn.py.

import { fileURLToPath } from "node:url";
import {
  compile,
  data,
  nn,
  optim,
  random,
  seed as seedRandom,
  type Tensor,
  tensor,
} from "chainrule";
import { fit } from "chainrule/train";
import { commandLine, type TrainOptions } from "./run.ts";
import { heading } from "./show.ts";
import { perToken, readLines, tokenTable } from "./text.ts";

const batchSize = 64;
const alphabet = ".abcdefghijklmnopqrstuvwxyz"; // the point stands before and after each name
const longest = 15;
const beyond = -1; // targets after the end of a name, which count nothing

const cells = { rnn: nn.RNN, lstm: nn.LSTM, gru: nn.GRU };

/** Letters in, logits of the next letter out. Shape: int32 `[B, T] → [B, T, 27]`. */
class CharacterModel {
  readonly letters = new nn.Embedding(alphabet.length, 32);
  readonly recurrent: nn.Layer;
  readonly head = new nn.Linear(128, alphabet.length);

  constructor(cell: keyof typeof cells) {
    this.recurrent = new cells[cell](32, 128);
  }

  forward(ids: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(this.letters.forward(ids)));
  }
}

/** Names as rows: `.emma` to read, and `emma.` to be found, one letter further. */
function dataset(names: readonly string[]): data.ArrayDataset<"letters" | "next"> {
  const shape = [longest + 1];
  const letters = new Int32Array(names.length * (longest + 1));
  const next = new Int32Array(letters.length).fill(beyond);
  for (const [row, name] of names.entries()) {
    const ids = Array.from(name, (letter) => alphabet.indexOf(letter));
    letters.set([0, ...ids], row * (longest + 1));
    next.set([...ids, 0], row * (longest + 1));
  }
  return new data.ArrayDataset({
    letters: { data: letters, shape },
    next: { data: next, shape },
  });
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  /** Loss per letter of each epoch, on the names learned from and on those held out. */
  readonly losses: readonly number[];
  readonly heldOut: readonly number[];
  /** Names that it invents. */
  readonly names: readonly string[];
}

/** Runs the example and returns what it prints. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short, validate, model: cell = "lstm" } = options;
  if (!(cell in cells))
    throw new Error(`--model is ${Object.keys(cells).join(", ")}; not ${cell}.`);
  const epochs = options.epochs ?? (short ? 1 : 5);
  const names = [...new Set(readLines("names/names.txt", options))];
  const train = names.filter((_, k) => k % 10 > 1).slice(0, short ? 6000 : undefined);
  const held = names.filter((_, k) => k % 10 === (validate ? 1 : 0));
  const lettersPerName = `${held.join(".")}.`.length / held.length;

  seedRandom(seed);
  const model = new CharacterModel(cell as keyof typeof cells);
  const parameters = nn.countParameters(model);
  for (const line of heading(`${cell}: ${train.length} names, ${parameters} weights`)) print(line);
  const { history } = await fit(model, {
    train: dataset(train),
    validation: dataset(held),
    epochs,
    batchSize,
    seed,
    clip: 1,
    ...perToken(lettersPerName, beyond),
    optimizer: new optim.Adam(model),
    schedule: optim.oneCycle(5e-3, { steps: epochs * Math.ceil(train.length / batchSize) }),
    callbacks: [tokenTable(print)],
  });
  const invented = await invent(model, 12);
  print(`  ${invented.join(" ")}`);
  return {
    parameters,
    losses: history.map(({ train: { loss } }) => loss),
    heldOut: history.map(({ validation }) => validation!.loss),
    names: invented,
  };
}

/** Draws names, all at once and letter by letter, each letter by the probability that the model gives it. */
async function invent(model: CharacterModel, count: number): Promise<string[]> {
  const draw = compile((ids: Tensor, place: Tensor) => {
    const logits = model.forward(ids).take(place, 1).squeeze(1); // [count, 27]
    return random.categorical(logits);
  });
  const ids = new Int32Array(count * (longest + 1));
  for (let place = 0; place < longest; place++) {
    const seen = tensor(ids, { shape: [count, longest + 1] });
    const letters = await draw(seen, tensor([place], { dtype: "int32" })).data();
    for (let k = 0; k < count; k++) ids[k * (longest + 1) + place + 1] = letters[k];
  }
  return Array.from({ length: count }, (_, k) => {
    const row = ids.subarray(k * (longest + 1) + 1, (k + 1) * (longest + 1));
    return Array.from(row, (id) => alphabet[id])
      .join("")
      .split(".")[0];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
