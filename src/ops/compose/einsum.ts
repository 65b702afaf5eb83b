// Einstein summation: letters name axes; letters that the output lacks are summed. Operands are contracted pair by pair
// from the left.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { broadcastShapes, showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { contract } from "../contract.ts";
import { iota } from "../leaf.ts";

interface Named {
  readonly tensor: Tensor;
  readonly letters: string;
}

/**
 * Sums products named by letters: `einsum("ij,jk->ik", a, b)` is the matrix product. Without `->` the output has the
 * letters that occur once, in alphabetical order. `...` stands for leading axes, which broadcast.
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const spelled = spellEllipsis(equation.replaceAll(" ", ""), operands);
  const { inputs, output } = parseEquation(spelled.equation, spelled.operands);
  const dtype = operands.map((x) => x.dtype).reduce(promote);
  const cast = spelled.operands.map((x) => x.cast(dtype));
  const named = cast.map((tensor, k) => withoutRepeats({ tensor, letters: inputs[k] }));
  let result = summedTo(named[0], needed(0, named, output));
  for (let k = 1; k < named.length; k++) {
    const next = summedTo(named[k], result.letters + needed(k, named, output));
    result = product(result, next, needed(k, named, output));
  }
  return result.tensor.permute([...output].map((letter) => result.letters.indexOf(letter)));
}

/** Names the axes of `...` by digits, and broadcasts them to their common lengths. */
function spellEllipsis(
  equation: string,
  operands: readonly Tensor[],
): { equation: string; operands: readonly Tensor[] } {
  const [left, right] = equation.split("->");
  const terms = left.split(",");
  if (!equation.includes("...") || terms.length !== operands.length) return { equation, operands };
  const leading = (term: string, x: Tensor): number[] =>
    term.startsWith("...") ? x.shape.slice(0, Math.max(0, x.rank - (term.length - 3))) : [];
  const common = broadcastShapes("einsum", ...terms.map((term, k) => leading(term, operands[k])));
  const digits = common.map((_, k) => String(k)).join("");
  const stretched = operands.map((x, k) => {
    const own = leading(terms[k], x).length;
    return terms[k].startsWith("...") ? x.broadcastTo([...common, ...x.shape.slice(own)]) : x;
  });
  const spell = (text: string): string => text.replaceAll("...", digits);
  return {
    equation: right === undefined ? spell(left) : `${spell(left)}->${spell(right)}`,
    operands: stretched,
  };
}

/** Letters that the output or an operand after number `k` uses. */
function needed(k: number, named: readonly Named[], output: string): string {
  return (
    output +
    named
      .slice(k + 1)
      .map((x) => x.letters)
      .join("")
  );
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
  return summedTo({ tensor, letters: [...batch, ...free].join("") }, wanted);
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

function parseEquation(
  equation: string,
  operands: readonly Tensor[],
): { inputs: string[]; output: string } {
  const match = /^(\d*[a-zA-Z]*(?:,\d*[a-zA-Z]*)*)(?:->(\w*))?$/.exec(equation);
  if (match === null) throw refused(equation, "it is not of the form `ij,jk->ik`");
  const inputs = match[1].split(",");
  if (inputs.length !== operands.length) {
    throw refused(equation, `it names ${inputs.length} operands and ${operands.length} were given`);
  }
  const lengths = new Map<string, number>();
  for (const [k, letters] of inputs.entries()) {
    checkLengths(equation, letters, operands[k], lengths);
  }
  const all = inputs.join("");
  const occursOnce = (letter: string): boolean => all.indexOf(letter) === all.lastIndexOf(letter);
  const once = [...new Set(all)].filter((letter) => occursOnce(letter) || /\d/.test(letter));
  const output = match[2] ?? once.sort().join("");
  const valid =
    new Set(output).size === output.length && [...output].every((letter) => lengths.has(letter));
  if (!valid) throw refused(equation, "the output must name input letters, each once");
  return { inputs, output };
}

function checkLengths(
  equation: string,
  letters: string,
  x: Tensor,
  lengths: Map<string, number>,
): void {
  if (letters.length !== x.rank) {
    throw refused(equation, `"${letters}" does not name the axes of ${showShape(x.shape)}`);
  }
  [...letters].forEach((letter, axis) => {
    const before = lengths.get(letter);
    if (before !== undefined && before !== x.shape[axis]) {
      throw refused(equation, `axis "${letter}" has lengths ${before} and ${x.shape[axis]}`);
    }
    lengths.set(letter, x.shape[axis]);
  });
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
