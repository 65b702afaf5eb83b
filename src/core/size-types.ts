// Products of sizes in types, for reshape and flatten: long multiplication on decimal digits, least significant first. The
// type checker has no arithmetic, and tuples, whose lengths it can count, end at ten thousand elements.

import type { Shape } from "./shape.ts";

/** The number of elements of a shape; `number` where a length is not known. */
export type SizeOf<S extends Shape> = number extends S[number]
  ? number
  : 0 extends S[number]
    ? 0
    : Total<S, ["1"]>;

type Total<S extends Shape, Digits extends readonly Digit[]> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Total<Rest, Times<Digits, DigitsOf<`${N}`>>>
  : NumberOf<Digits>;

interface Units {
  "0": [];
  "1": [0];
  "2": [0, 0];
  "3": [0, 0, 0];
  "4": [0, 0, 0, 0];
  "5": [0, 0, 0, 0, 0];
  "6": [0, 0, 0, 0, 0, 0];
  "7": [0, 0, 0, 0, 0, 0, 0];
  "8": [0, 0, 0, 0, 0, 0, 0, 0];
  "9": [0, 0, 0, 0, 0, 0, 0, 0, 0];
}
type Digit = keyof Units;

type DigitsOf<Text extends string> = Text extends `${infer First extends Digit}${infer Rest}`
  ? [...DigitsOf<Rest>, First]
  : [];

type TextOf<Digits extends readonly Digit[]> = Digits extends readonly [
  infer Low extends Digit,
  ...infer High extends readonly Digit[],
]
  ? `${TextOf<High>}${Low}`
  : "";
type NumberOf<Digits extends readonly Digit[]> =
  TextOf<Digits> extends `${infer N extends number}` ? N : number;

/** Tens and ones of a count below 100. */
type TensAndOnes<Count extends readonly 0[]> =
  `${Count["length"]}` extends `${infer Tens extends Digit}${infer Ones extends Digit}`
    ? [Tens, Ones]
    : ["0", `${Count["length"]}`];

type Repeated<Count extends readonly 0[], Times extends readonly 0[]> = Times extends readonly [
  0,
  ...infer Rest extends readonly 0[],
]
  ? [...Count, ...Repeated<Count, Rest>]
  : [];

type TimesDigit<
  A extends readonly Digit[],
  D extends Digit,
  Carry extends Digit = "0",
> = A extends readonly [infer Low extends Digit, ...infer High extends readonly Digit[]]
  ? TensAndOnes<[...Repeated<Units[Low], Units[D]>, ...Units[Carry]]> extends [
      infer Tens extends Digit,
      infer Ones extends Digit,
    ]
    ? [Ones, ...TimesDigit<High, D, Tens>]
    : never
  : Carry extends "0"
    ? []
    : [Carry];

type Plus<A extends readonly Digit[], B extends readonly Digit[], Carry extends Digit = "0"> = [
  A,
  B,
] extends [
  readonly [infer X extends Digit, ...infer P extends readonly Digit[]],
  readonly [infer Y extends Digit, ...infer Q extends readonly Digit[]],
]
  ? TensAndOnes<[...Units[X], ...Units[Y], ...Units[Carry]]> extends [
      infer Tens extends Digit,
      infer Ones extends Digit,
    ]
    ? [Ones, ...Plus<P, Q, Tens>]
    : never
  : Carry extends "0"
    ? [...A, ...B]
    : A extends readonly []
      ? B extends readonly []
        ? [Carry]
        : Plus<B, [Carry]>
      : Plus<A, [Carry]>;

type Times<A extends readonly Digit[], B extends readonly Digit[]> = B extends readonly [
  infer D extends Digit,
  ...infer Rest extends readonly Digit[],
]
  ? Rest extends readonly []
    ? TimesDigit<A, D>
    : Plus<TimesDigit<A, D>, ["0", ...Times<A, Rest>]>
  : [];
