// Names of options: which there are, and which of them a caller meant who wrote another. TypeScript refuses unknown names
// where it checks a program; here is what tells those who run without it, or who bring the words of another library.

import { ChainruleError } from "./errors.ts";
import { showValue } from "./explain.ts";

/** The names of a type of options, one entry for each, so that a list of them cannot fall behind the type. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/** Words of other libraries, in small letters without `_`, and the options that stand for them here. */
const words: Readonly<Record<string, readonly string[]>> = {
  lr: ["learningRate"],
  betas: ["beta1", "beta2"],
  epsilon: ["eps"],
  decay: ["weightDecay"],
  dim: ["axis"],
  dims: ["axis"],
  axes: ["axis"],
  dim1: ["axis1"],
  dim2: ["axis2"],
  ddof: ["correction"],
  unbiased: ["correction"],
  ord: ["p"],
  stop: ["end"],
  low: ["min"],
  high: ["max"],
  amin: ["min"],
  amax: ["max"],
  method: ["interpolation"],
  argnum: ["argument"],
  argnums: ["argument"],
  hasaux: ["auxiliary"],
  inaxes: ["in"],
  outaxes: ["out"],
  indims: ["in"],
  outdims: ["out"],
  strides: ["stride"],
  dilationrate: ["dilation"],
  usebias: ["bias"],
  kernelinitializer: ["init"],
  biasinitializer: ["biasInit"],
  elementwiseaffine: ["affine"],
  numlayers: ["layers"],
  projsize: ["projection"],
  projectionsize: ["projection"],
  paddingidx: ["paddingIndex"],
  train: ["training"],
  istraining: ["training"],
  iscausal: ["causal"],
  dropoutp: ["dropout"],
  attnmask: ["mask"],
  hooks: ["callbacks"],
  validationdata: ["validation"],
  classweight: ["classWeights"],
  accumulategradbatches: ["accumulate"],
  gradientaccumulationsteps: ["accumulate"],
  gradientclipval: ["clip"],
  maxgradnorm: ["clip"],
  keypaddingmask: ["keyMask"],
  srcmask: ["sourceMask"],
  tgtmask: ["targetMask"],
  srckeypaddingmask: ["sourceKeyMask"],
  tgtkeypaddingmask: ["targetKeyMask"],
  memorykeypaddingmask: ["memoryKeyMask"],
};

/** Refuses options that are no object, and those of other names than the known ones. */
export function checkOptionNames(
  op: string,
  options: object,
  known: Readonly<Record<string, true>>,
): void {
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options);
  if (!isObject) throw noOptions(op, options, Object.keys(known)[0]);
  for (const name in options) if (known[name] !== true) throw unknownOption(op, name, known);
}

/** Refuses other libraries' words for the known names, in what may also hold names that are for others. */
export function checkWords(
  op: string,
  options: object,
  known: Readonly<Record<string, true>>,
): void {
  for (const name in options) {
    if (known[name] === true) continue;
    if (translated(name, Object.keys(known)).length > 0) throw unknownOption(op, name, known);
  }
}

/** The error of something else where options are needed; `name` is an option that there is. */
export function noOptions(op: string, options: unknown, name: string | undefined): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes options, which are an object; received ${showValue(options)}`,
    fix: `Pass them last, as ${op}(…, { ${name ?? "name"}: value }).`,
  });
}

/** The error of an option that there is not. */
function unknownOption(
  op: string,
  name: string,
  known: Readonly<Record<string, true>>,
): ChainruleError {
  const names = Object.keys(known);
  const meant = meantBy(name, names);
  const all = `The options are ${names.join(", ")}.`;
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `there is no option ${JSON.stringify(name)}`,
    fix: meant.length === 0 ? all : `Use ${meant.join(" and ")}${opposite(name)}. ${all}`,
    detail: { option: name, known: names },
  });
}

/** What to say of words that mean the opposite here. */
function opposite(name: string): string {
  return plain(name).endsWith("keypaddingmask")
    ? ", true for keys that count where PyTorch's has true for padding"
    : "";
}

/** The known names that stand for another, or the nearest by spelling, or none. */
function meantBy(name: string, known: readonly string[]): readonly string[] {
  const same = translated(name, known);
  if (same.length > 0) return same;
  const word = plain(name);
  const [nearest] = known
    .map((n) => ({ n, steps: editDistance(word, plain(n)) }))
    .sort((a, b) => a.steps - b.steps);
  return nearest !== undefined && nearest.steps <= word.length / 3 ? [nearest.n] : [];
}

/** The known names that a word of another library stands for, or that have other capitals. */
function translated(name: string, known: readonly string[]): readonly string[] {
  const word = plain(name);
  const meant = Object.hasOwn(words, word) ? words[word] : [];
  return known.filter((n) => plain(n) === word || meant.includes(n));
}

const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();

/** Letters to put in, leave out or change to make one word of another (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++) {
      const changed = row[k - 1] + (a[i - 1] === b[k - 1] ? 0 : 1);
      next.push(Math.min(changed, row[k] + 1, next[k - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
