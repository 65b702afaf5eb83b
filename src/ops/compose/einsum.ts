// einsum: sums of products named by letters, two operands at a time as contractions, the cheapest pair first. The axes of
// `...` are letters too: digits, counted from the right. An axis of length 1 that meets a longer one is dropped, so nothing
// is repeated before it is multiplied.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import { checkTensors } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { contract } from "../contract.ts";
import { iota } from "../leaf.ts";

interface Named {
  readonly tensor: Tensor;
  readonly letters: string;
}

type Lengths = ReadonlyMap<string, number>;

/**
 * Sums products named by letters: `einsum("ij,jk->ik", a, b)` is the matrix product. Without `->` the output has the axes of
 * `...` and the letters that occur once, in alphabetical order. `...` stands for any axes, which broadcast.
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  checkTensors("einsum", operands);
  const { inputs, output, lengths } = parseEquation(equation, operands);
  const dtype = operands.map((x) => x.dtype).reduce(promote);
  let named = operands.map((x, k) => {
    const whole = withoutRepeats({ tensor: x.cast(dtype), letters: inputs[k] });
    return withoutOnes(whole, lengths);
  });
  while (named.length > 1) {
    const [a, b] = cheapestPair(named, lengths);
    const rest = named.filter((x) => x !== a && x !== b);
    const wanted = output + lettersOf(rest);
    const left = summedTo(a, b.letters + wanted);
    named = [product(left, summedTo(b, a.letters + wanted), wanted), ...rest];
  }
  const result = summedTo(named[0], output);
  return result.tensor.permute([...output].map((letter) => result.letters.indexOf(letter)));
}

/** The two whose letters together span the least. */
function cheapestPair(named: readonly Named[], lengths: Lengths): [Named, Named] {
  let best: [Named, Named] = [named[0], named[1]];
  let least = Number.POSITIVE_INFINITY;
  for (const [k, a] of named.entries()) {
    for (const b of named.slice(k + 1)) {
      const letters = [...new Set(a.letters + b.letters)];
      const span = letters.reduce((size, letter) => size * lengths.get(letter)!, 1);
      if (span < least) [least, best] = [span, [a, b]];
    }
  }
  return best;
}

function lettersOf(named: readonly Named[]): string {
  return named.map((x) => x.letters).join("");
}

/** Sums axes whose letters nobody needs. */
function summedTo({ tensor, letters }: Named, wanted: string): Named {
  const axes = [...letters].flatMap((letter, axis) => (wanted.includes(letter) ? [] : [axis]));
  const kept = [...letters].filter((letter) => wanted.includes(letter)).join("");
  return { tensor: axes.length === 0 ? tensor : tensor.sum({ axis: axes }), letters: kept };
}

function product(a: Named, b: Named, wanted: string): Named {
  const shared = [...a.letters].filter((letter) => b.letters.includes(letter));
  const pair = (letter: string) => [a.letters.indexOf(letter), b.letters.indexOf(letter)] as const;
  const batch = shared.filter((letter) => wanted.includes(letter));
  const inner = shared.filter((letter) => !wanted.includes(letter));
  const free = [...a.letters, ...b.letters].filter((letter) => !shared.includes(letter));
  const tensor = contract(a.tensor, b.tensor, {
    batch: batch.map(pair),
    contract: inner.map(pair),
  });
  return { tensor, letters: [...batch, ...free].join("") };
}

/** Takes the diagonal of axes with one letter, as in `ii->i`. */
function withoutRepeats({ tensor, letters }: Named): Named {
  const second = [...letters].findIndex((letter, axis) => letters.indexOf(letter) < axis);
  if (second < 0) return { tensor, letters };
  const first = letters.indexOf(letters[second]);
  const onDiagonal = iota(tensor.shape, first).equal(iota(tensor.shape, second));
  const diagonal = onDiagonal.where(tensor, 0).sum({ axis: second });
  return withoutRepeats({
    tensor: diagonal,
    letters: letters.slice(0, second) + letters.slice(second + 1),
  });
}

/** Drops axes of length 1 that stand for longer ones. */
function withoutOnes({ tensor, letters }: Named, lengths: Lengths): Named {
  const kept = [...letters].map((letter, axis) => tensor.shape[axis] === lengths.get(letter));
  return {
    tensor: tensor.reshape(tensor.shape.filter((_, axis) => kept[axis])),
    letters: [...letters].filter((_, axis) => kept[axis]).join(""),
  };
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly lengths: Lengths;
}

function parseEquation(equation: string, operands: readonly Tensor[]): Equation {
  const term = String.raw`[a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*`;
  const form = new RegExp(`^(${term}(?:,${term})*)(?:->(${term}))?$`);
  const match = form.exec(String(equation).replaceAll(" ", ""));
  if (match === null) throw refused(equation, "it is not of the form `ij,jk->ik`");
  const terms = match[1].split(",");
  if (terms.length !== operands.length) {
    throw refused(equation, `it names ${terms.length} operands and ${operands.length} were given`);
  }
  const hidden = terms.map((text, k) => hiddenAxes(equation, text, operands[k]));
  const digits = (count: number): string =>
    Array.from({ length: count }, (_, k) => String(count - 1 - k)).join("");
  const inputs = terms.map((text, k) => text.replace("...", digits(hidden[k])));
  const all = digits(Math.max(...hidden));
  const lengths = lengthsOf(equation, inputs, operands);
  const output = match[2]?.replace("...", all) ?? all + impliedOutput(inputs.join(""));
  const valid =
    new Set(output).size === output.length && [...output].every((letter) => lengths.has(letter));
  if (!valid) throw refused(equation, "the output must name input letters, each once");
  return { inputs, output, lengths };
}

/** Letters that occur once, in alphabetical order. */
function impliedOutput(letters: string): string {
  const once = [...letters].filter(
    (letter) => /[a-zA-Z]/.test(letter) && letters.indexOf(letter) === letters.lastIndexOf(letter),
  );
  return once.sort().join("");
}

/** The number of axes that `...` stands for. */
function hiddenAxes(equation: string, term: string, x: Tensor): number {
  const named = term.replace("...", "").length;
  const dots = term.includes("...");
  if (dots ? named <= x.rank : named === x.rank) return x.rank - named;
  throw refused(equation, `"${term}" does not name the axes of ${showShape(x.shape)}`);
}

function lengthsOf(
  equation: string,
  inputs: readonly string[],
  operands: readonly Tensor[],
): Lengths {
  const lengths = new Map<string, number>();
  for (const [k, letters] of inputs.entries()) {
    for (const [axis, letter] of [...letters].entries()) {
      const [now, before = 1] = [operands[k].shape[axis], lengths.get(letter)];
      const own = operands[k].shape[letters.indexOf(letter)];
      if ((now !== before && now !== 1 && before !== 1) || now !== own) {
        throw refused(
          equation,
          `axis "${letter}" has lengths ${now === own ? before : own} and ${now}`,
        );
      }
      lengths.set(letter, now === 1 ? before : now);
    }
  }
  return lengths;
}

function refused(equation: string, why: string): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "einsum",
    problem: `cannot read ${JSON.stringify(equation)}: ${why}`,
    fix: "Name each axis of each operand by a letter; letters missing from the output are summed.",
    detail: { equation },
  });
}
