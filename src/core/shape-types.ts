// Shapes in types: what the editor knows of sizes. A `Tensor<[32, 784]>` carries its shape as a tuple; a plain `Tensor`
// knows nothing and fits everywhere; a length of type `number` fits every length. Each rule takes shapes to the shape of
// a result, to `any` where too little is known, or to a `Mismatch`, whose text the editor shows. At run time none of
// this exists: sizes are checked again, for all programs, when the graph is recorded.

import type { Shape } from "./shape.ts";
import type { SizeOf } from "./size-types.ts";

/** A mismatch of shapes, as a type that no argument has. */
export interface Mismatch<Text extends string> {
  readonly mismatch: Text;
}

/** What an argument must be besides its own type, given the result of a rule: nothing more, or the impossible. */
export type Fits<Result> =
  IsAny<Result> extends true ? unknown : Result extends Mismatch<string> ? Result : unknown;

/** The shape that a rule gives, its unknown lengths fitting all others; after a mismatch nothing is known. */
export type Known<Result> = Result extends Shape
  ? Unranked<Result> extends true
    ? AnyShape
    : Loose<Result> extends infer Shown extends Shape
      ? Shown
      : AnyShape
  : AnyShape;

type Loose<S extends Shape> = {
  -readonly [K in keyof S]: number extends S[K] ? AnyLength : S[K];
};

/** A shape of which nothing is known; it stands for every other and every other for it. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that is assignable in both directions
export type AnyShape = any;
/** A length of which nothing is known. */
type AnyLength = AnyShape;

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Whether the number of axes is not known. */
export type Unranked<S> =
  IsAny<S> extends true ? true : S extends Shape ? Within<number, S["length"]> : true;

type Within<A, B> = A extends B ? true : false;
type Either<A, B> = true extends Unranked<A> | Unranked<B> ? true : false;
/** Whether two lengths may be equal. */
type Same<A extends number, B extends number> = true extends Within<number, A> | Within<number, B>
  ? true
  : Within<A, B>;

/** A shape as errors write it; `?` is a length that is not known. */
export type Show<S extends Shape> = `[${Join<S>}]`;
type ShowSize<N extends number> = number extends N ? "?" : N;
type Join<S extends Shape> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Rest extends readonly []
    ? `${ShowSize<N>}`
    : `${ShowSize<N>}, ${Join<Rest>}`
  : S extends readonly []
    ? ""
    : S extends readonly [...infer _, infer Last extends number]
      ? `..., ${ShowSize<Last>}`
      : "...";

/** The shape of nested arrays. */
export type ShapeOfData<D> = D extends number | boolean
  ? []
  : D extends ArrayBufferView
    ? [number]
    : D extends readonly (infer Element)[]
      ? D extends Element // a list of lists of lists …: the type says nothing of its depth
        ? AnyShape
        : number extends D["length"]
          ? [number, ...ShapeOfData<Element>]
          : [D["length"], ...ShapeOfData<D[0]>]
      : AnyShape;

// --- elementwise ---

/** Two shapes aligned at the right; a length of 1 stretches. */
export type Broadcast<A extends Shape, B extends Shape> =
  Either<A, B> extends true
    ? AnyShape
    : Align<A, B> extends infer Result extends Shape
      ? Result
      : Mismatch<`shapes do not broadcast together: ${Show<A>} and ${Show<B>}`>;

type Align<A extends Shape, B extends Shape, Tail extends Shape = []> = A extends readonly [
  ...infer X extends Shape,
  infer M extends number,
]
  ? B extends readonly [...infer Y extends Shape, infer N extends number]
    ? [Meet<M, N>] extends [never]
      ? false
      : Align<X, Y, [Meet<M, N>, ...Tail]>
    : [...A, ...Tail]
  : [...B, ...Tail];

type Meet<A extends number, B extends number> = number extends A
  ? B extends 1
    ? A
    : B
  : A extends 1
    ? B
    : number extends B
      ? A
      : B extends 1
        ? A
        : A extends B
          ? A
          : never;

// --- products ---

/** `[..., m, k] × [..., k, n] → [..., m, n]`. */
export type MatMul<A extends Shape, B extends Shape> =
  Either<A, B> extends true
    ? AnyShape
    : [A, B] extends [
          readonly [...infer P extends Shape, infer M extends number, infer K extends number],
          readonly [...infer Q extends Shape, infer L extends number, infer N extends number],
        ]
      ? Same<K, L> extends true
        ? Append<Broadcast<P, Q>, [M, N]>
        : Mismatch<`matmul: inner sizes differ: ${Show<A>} × ${Show<B>} has ${K} ≠ ${L}`>
      : AnyShape;

type Append<S, Tail extends Shape> = S extends Shape ? [...S, ...Tail] : S;

// --- axes ---

/** The axes of `S` without (or with length 1) those that `Options` name: all of them without an `axis`. */
export type Reduce<S extends Shape, Options> =
  Unranked<S> extends true
    ? AnyShape
    : AxesNamed<Options> extends infer Axes
      ? [Axes] extends [string]
        ? Drop<S, Axes & string, Options extends { readonly keepDims: true } ? [1] : []>
        : AnyShape
      : never;

/** Text of the axes that options name; `number` where they are not literal. */
type AxesNamed<Options> = Options extends { readonly axis: infer Axis }
  ? Axis extends number
    ? number extends Axis
      ? number
      : `${Axis}`
    : Axis extends readonly (infer Each extends number)[]
      ? number extends Each
        ? number
        : `${Each}`
      : AllAxes
  : AllAxes;
type AllAxes = `${number}`;

type Drop<
  S extends Shape,
  Axes extends string,
  In extends Shape,
  Before extends 0[] = [],
> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? [
      ...(Names<Axes, Before, Rest> extends true ? In : [N]),
      ...Drop<Rest, Axes, In, [...Before, 0]>,
    ]
  : [];

/** Whether `Axes` name the place with `Before` axes before it and `After` after it, counted from either end. */
type Names<
  Axes extends string,
  Before extends 0[],
  After extends Shape,
> = `${Before["length"]}` extends Axes
  ? true
  : `-${[0, ...After]["length"]}` extends Axes
    ? true
    : false;

/** The length at an axis, which may be negative. */
type At<S extends Shape, Axis extends number, Before extends 0[] = []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Names<`${Axis}`, Before, Rest> extends true
    ? N
    : At<Rest, Axis, [...Before, 0]>
  : number;

/** Axes in another order. */
export type Permute<S extends Shape, Axes extends readonly number[]> = true extends
  | Unranked<S>
  | Unranked<Axes>
  ? AnyShape
  : { [K in keyof Axes]: At<S, Axes[K]> };

/** Two axes exchanged. */
export type Transpose<S extends Shape, A extends number, B extends number> = true extends
  | Unranked<S>
  | Within<number, A>
  | Within<number, B>
  ? AnyShape
  : Exchange<S, A, B, S>;

type Exchange<
  All extends Shape,
  A extends number,
  B extends number,
  S extends Shape,
  Before extends 0[] = [],
> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? [
      Names<`${A}`, Before, Rest> extends true
        ? At<All, B>
        : Names<`${B}`, Before, Rest> extends true
          ? At<All, A>
          : N,
      ...Exchange<All, A, B, Rest, [...Before, 0]>,
    ]
  : [];

/** A new axis of length 1 before place `Axis`. */
export type Unsqueeze<S extends Shape, Axis extends number> = true extends
  | Unranked<S>
  | Within<number, Axis>
  ? AnyShape
  : Insert<S, `${Axis}`>;

type Insert<S extends Shape, Axis extends string, Before extends 0[] = []> =
  Names<Axis, Before, S> extends true
    ? [1, ...S]
    : S extends readonly [infer N extends number, ...infer Rest extends Shape]
      ? [N, ...Insert<Rest, Axis, [...Before, 0]>]
      : [];

// --- reshape ---

/** The same number of elements under another shape; `-1` is worked out at run time. */
export type Reshape<S extends Shape, T extends Shape> =
  Unranked<T> extends true
    ? AnyShape
    : -1 extends T[number]
      ? { [K in keyof T]: T[K] extends -1 ? number : T[K] }
      : Unranked<S> extends true
        ? T
        : Same<SizeOf<S>, SizeOf<T>> extends true
          ? T
          : Mismatch<`reshape: ${Show<S>} has ${SizeOf<S>} elements, which do not fill ${Show<T>}`>;

/** All axes from `Start` on as one. */
export type Flatten<S extends Shape, Start extends number> =
  Unranked<S> extends true
    ? AnyShape
    : Start extends 0
      ? [SizeOf<S>]
      : Start extends 1
        ? S extends readonly [infer Batch extends number, ...infer Rest extends Shape]
          ? [Batch, SizeOf<Rest>]
          : AnyShape
        : AnyShape;

// --- layers ---

// What a layer does to shapes is one of these, the type of its field `maps`, which exists in types only.

/** `[...] → [...]`. */
export interface KeepsShape {
  readonly kind: "keeps";
}
/** `[..., in] → [..., out]`. */
export interface MapsLast<In extends number, Out extends number> {
  readonly kind: "last";
  readonly in: In;
  readonly out: Out;
}
/** `[batch, in, …] → [batch, out, …]`, where the lengths after the channels are worked out at run time. */
export interface MapsChannels<In extends number, Out extends number> {
  readonly kind: "channels";
  readonly in: In;
  readonly out: Out;
}
/** `[...] → [..., out]`. */
export interface AppendsAxis<Out extends number> {
  readonly kind: "appends";
  readonly out: Out;
}
/** `[batch, channels, …] → [batch, channels, …]`, where the lengths after the channels are worked out at run time. */
export interface MapsSpace {
  readonly kind: "space";
}
/** `[batch, ...] → [batch, n]` from axis 1 to the last; other axes are worked out at run time. */
export interface Flattens<Start extends number, End extends number> {
  readonly kind: "flattens";
  readonly start: Start;
  readonly end: End;
}
/** One layer after another. */
export interface Chains<Layers extends readonly unknown[]> {
  readonly kind: "chain";
  readonly layers: Layers;
}

/** What a layer with the rule `Rule` makes of a shape; `Name` is for the text of a mismatch. */
export type Mapped<Rule, S extends Shape> = Rule extends KeepsShape
  ? S
  : Rule extends MapsLast<infer In, infer Out>
    ? LastMapped<S, In, Out>
    : Rule extends MapsChannels<infer In, infer Out>
      ? ChannelsMapped<S, In, Out>
      : Rule extends MapsSpace
        ? SpaceMapped<S>
        : Rule extends AppendsAxis<infer Out>
          ? [...S, Out]
          : Rule extends Flattens<infer Start, infer End>
            ? End extends -1
              ? Flatten<S, Start>
              : AnyShape
            : Rule extends Chains<infer Layers>
              ? Through<Layers, S>
              : AnyShape;

/** What layers make of a shape, one after another. */
export type Through<Layers extends readonly unknown[], S> =
  IsAny<S> extends true
    ? Layers extends readonly [infer First, ...infer Rest]
      ? Through<Rest, Mapped<RuleOf<First>, Shape>>
      : S
    : S extends Shape
      ? Layers extends readonly [infer First, ...infer Rest]
        ? Through<Rest, Mapped<RuleOf<First>, S>>
        : S
      : S;

type RuleOf<Layer> = Layer extends { readonly maps?: infer Rule } ? Rule : unknown;

type LastMapped<S extends Shape, In extends number, Out extends number> = S extends readonly [
  ...infer Batch extends Shape,
  infer K extends number,
]
  ? Same<K, In> extends true
    ? [...Batch, Out]
    : Mismatch<`a layer ${In}→${Out} expects [..., ${ShowSize<In>}]; received ${Show<S>}`>
  : [...number[], Out];

type SpaceMapped<S extends Shape> = S extends readonly [
  infer Batch extends number,
  infer C extends number,
  ...infer Space extends Shape,
]
  ? [Batch, C, ...{ [K in keyof Space]: number }]
  : AnyShape;

type ChannelsMapped<S extends Shape, In extends number, Out extends number> = S extends readonly [
  infer Batch extends number,
  infer C extends number,
  ...infer Space extends Shape,
]
  ? Same<C, In> extends true
    ? [Batch, Out, ...{ [K in keyof Space]: number }]
    : Mismatch<`a layer ${In}→${Out} expects [batch, ${In}, ...]; received ${Show<S>}`>
  : Unranked<S> extends true
    ? [number, Out, ...number[]]
    : AnyShape;
