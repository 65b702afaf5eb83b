// Formulas with numbers put in: the op's own LaTeX with its letters replaced, or, where an element is a sum over others,
// the sum written out.

import type { Tensor } from "../../ir/tensor.ts";
import { sourcesOf, valuesOf } from "./elements.ts";

/** Terms of a sum that are written out; the rest is three dots. */
const termsShown = 6;

/** A number in LaTeX with four digits: `0.5915`, `3.2 \cdot 10^{-7}`; negative ones in brackets on request. */
export function numberText(x: number, bracketed = false): string {
  if (Number.isNaN(x)) return "\\text{NaN}";
  if (!Number.isFinite(x)) return x > 0 ? "\\infty" : bracketed ? "(-\\infty)" : "-\\infty";
  const [digits, exponent] = Number(x.toPrecision(4)).toString().split("e");
  const text = exponent === undefined ? digits : `${digits} \\cdot 10^{${Number(exponent)}}`;
  return bracketed && (x < 0 || exponent !== undefined) ? `(${text})` : text;
}

/** What a letter stands in that takes one sign only: an exponent, an index, a root. */
const takesOneSign = /(?:[\^_]|\\sqrt(?:\[\d+\])?) *$/;

/** Replaces the letters of a formula, which stand alone outside of commands and subscripts. */
export function substituted(formula: string, letters: Readonly<Record<string, number>>): string {
  const isAlone = /^[a-z]$/.test(formula);
  const numbers = formula.replace(
    /\\(?:operatorname|mathrm|text|mathbin)\{[^}]*\}|\\[a-zA-Z]+|[a-zA-Z]+/g,
    (word, at: number) => {
      if (!Object.hasOwn(letters, word)) return word;
      if (takesOneSign.test(formula.slice(0, at))) return `{${numberText(letters[word])}}`;
      return numberText(letters[word], !isAlone);
    },
  );
  return numbers.replaceAll("\\,", " \\cdot"); // letters side by side are a product, digits are not
}

/** How element `element` of a node comes about, with numbers: `\sigma(0.37) = 0.5915`; undefined where no formula holds per element. */
export function elementFormula(node: Tensor, element: number): string | undefined {
  const result = numberText(valuesOf(node)[element]);
  const { kind } = node.definition.body;
  if (kind === "scalar")
    return `${substituted(node.definition.formula, letters(node, element))} = ${result}`;
  const linear = kind === "contract" || kind === "reduce" || kind === "view" || kind === "reshape";
  if (!linear && kind !== "concatenate" && kind !== "gather") return undefined;
  return `${sumText(node, element)} = ${result}`;
}

/** The local derivative of each input at an element, with numbers: `0.5915 (1 - 0.5915) = 0.2416`. */
export function derivativeFormulas(node: Tensor, element: number): (string | undefined)[] {
  const { derivatives = [], body } = node.definition;
  if (body.kind !== "scalar") return node.inputs.map(() => undefined);
  const sources = sourcesOf(node, element);
  return node.inputs.map((_, k) => {
    const local = sources.find(({ input }) => input === k)?.derivative ?? 0;
    const formula = derivatives[k];
    if (formula === undefined) return undefined;
    const result = numberText(local);
    const text = substituted(formula, letters(node, element));
    return text === result ? result : `${text} = ${result}`;
  });
}

/** What the letters of an elementwise formula stand for: `x` or `a`, `b`, `c`, and the result `y`. */
function letters(node: Tensor, element: number): Record<string, number> {
  const values = node.inputs.map((input) => valuesOf(input)[element]);
  const names = values.length === 1 ? ["x"] : ["a", "b", "c"];
  const inputs = values.map((value, k) => [names[k], value] as const);
  return { ...Object.fromEntries(inputs), y: valuesOf(node)[element] };
}

/** `0.5 \cdot 0.1 + 0.8 \cdot 0.4`, the largest terms first where there are many. */
function sumText(node: Tensor, element: number): string {
  const isProduct = node.definition.body.kind === "contract";
  const sources = sourcesOf(node, element).filter(({ input }) => !isProduct || input === 0);
  const terms = sources.map(({ input, element: from, derivative }) => {
    return { value: valuesOf(node.inputs[input])[from], factor: derivative };
  });
  if (terms.length > termsShown) {
    terms.sort((a, b) => Math.abs(b.value * b.factor) - Math.abs(a.value * a.factor));
  }
  const shown = terms.slice(0, termsShown).map(({ value, factor }) => termText(value, factor));
  return [...shown, ...(terms.length > termsShown ? ["\\dots"] : [])].join(" + ") || "0";
}

function termText(value: number, factor: number): string {
  if (factor === 1) return numberText(value, true);
  return `${numberText(value, true)} \\cdot ${numberText(factor, true)}`;
}
