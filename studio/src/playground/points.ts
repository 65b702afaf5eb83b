// Sets of points in the plane by a rule, in about [−3, 3]², evenly divided among their classes, or with a number at
// each. Noise is the deviation of a normal error as a share of the radius 2.5. The same seed gives the same points.

import { Generator } from "chainrule";
import type { ClassSet, NumberSet } from "./description.ts";

/** Points, x and y in turn, and their classes. */
export interface Points {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

type Place = readonly [x: number, y: number];

/** Where on the set a point of a class is, by a number in [0, 1) along it and another across. */
interface Rule {
  readonly classes: number;
  place(label: number, along: number, across: number): Place;
}

const radius = 2.5;

const rules: Readonly<Record<ClassSet, Rule>> = {
  spiral: {
    classes: 2,
    place: (label, along) =>
      polar((0.06 + 0.94 * along) * radius, along * 1.75 * 2 * Math.PI + label * Math.PI),
  },
  circles: {
    classes: 2,
    place: (label, along, across) =>
      polar(radius * (label === 0 ? 0.45 * across : 0.7 + 0.3 * across), 2 * Math.PI * along),
  },
  moons: {
    classes: 2,
    place: (label, along) => {
      const [x, y] = polar(1.5, Math.PI * along);
      return label === 0 ? [x - 0.75, y - 0.4] : [0.75 - x, 0.4 - y];
    },
  },
  xor: {
    classes: 2,
    place: (label, along, across) => {
      const right = along < 0.5;
      const x = 0.15 + 2.35 * ((2 * along) % 1);
      const y = 0.15 + 2.35 * across;
      return [right ? x : -x, right === (label === 1) ? y : -y];
    },
  },
  gaussians: {
    classes: 3,
    place: (label, along, across) => {
      const [dx, dy] = polar(0.55 * Math.sqrt(-2 * Math.log(1 - across)), 2 * Math.PI * along);
      const [x, y] = polar(1.5, (2 * Math.PI * label) / 3 + Math.PI / 2);
      return [x + dx, y + dy];
    },
  },
};

/** The number at a place, in about [−3, 3]. */
const surfaces: Readonly<Record<NumberSet, (x: number, y: number) => number>> = {
  slope: (x, y) => 0.6 * (x + y),
  hills: (x, y) =>
    3 * (hill(x - 1.1, y - 1.1) + hill(x + 1.1, y + 1.1)) -
    3 * (hill(x + 1.1, y - 1.1) + hill(x - 1.1, y + 1.1)),
};

/** Makes a set of points with classes. */
export function makePoints(set: ClassSet, count: number, noise: number, seed: number): Points {
  const { classes, place } = rules[set];
  const labels = Int32Array.from({ length: count }, (_, k) => k % classes);
  const inputs = scattered({ count, noise, seed }, (k, along, across) =>
    place(labels[k], along, across),
  );
  return { inputs, labels, classes };
}

/** Makes a set of points with numbers; noise moves the points and leaves the numbers. */
export function makeNumbers(
  set: NumberSet,
  count: number,
  noise: number,
  seed: number,
): { readonly inputs: Float32Array; readonly values: Float32Array } {
  const values = new Float32Array(count);
  const inputs = scattered({ count, noise, seed }, (k, along, across) => {
    const [x, y] = [radius * (2 * along - 1), radius * (2 * across - 1)];
    values[k] = surfaces[set](x, y);
    return [x, y];
  });
  return { inputs, values };
}

interface Scatter {
  readonly count: number;
  readonly noise: number;
  readonly seed: number;
}

/** Places of points by two uniform numbers each, moved by their errors. */
function scattered(
  { count, noise, seed }: Scatter,
  placeOf: (k: number, along: number, across: number) => Place,
): Float32Array {
  const generator = new Generator(seed);
  const where = generator.uniform([count, 2]).dataSync();
  const errors = generator.normal([count, 2]).dataSync();
  const inputs = new Float32Array(2 * count);
  for (let k = 0; k < count; k++) {
    const [x, y] = placeOf(k, where[2 * k], where[2 * k + 1]);
    inputs[2 * k] = x + noise * radius * errors[2 * k];
    inputs[2 * k + 1] = y + noise * radius * errors[2 * k + 1];
  }
  return inputs;
}

function hill(x: number, y: number): number {
  return Math.exp(-(x * x + y * y));
}

function polar(r: number, angle: number): Place {
  return [r * Math.cos(angle), r * Math.sin(angle)];
}
