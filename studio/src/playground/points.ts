// Sets of points in the plane by a rule, in about [−3, 3]², evenly divided among their classes. Noise is the deviation of
// a normal error as a share of the radius 2.5. The same seed gives the same points.

import { Generator } from "chainrule";
import type { PlaneSet } from "./description.ts";

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

const rules: Readonly<Record<PlaneSet, Rule>> = {
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

/** Makes a set of points. */
export function makePoints(set: PlaneSet, count: number, noise: number, seed: number): Points {
  const { classes, place } = rules[set];
  const generator = new Generator(seed);
  const where = generator.uniform([count, 2]).dataSync();
  const errors = generator.normal([count, 2]).dataSync();
  const inputs = new Float32Array(2 * count);
  const labels = Int32Array.from({ length: count }, (_, k) => k % classes);
  for (let k = 0; k < count; k++) {
    const [x, y] = place(labels[k], where[2 * k], where[2 * k + 1]);
    inputs[2 * k] = x + noise * radius * errors[2 * k];
    inputs[2 * k + 1] = y + noise * radius * errors[2 * k + 1];
  }
  return { inputs, labels, classes };
}

function polar(r: number, angle: number): Place {
  return [r * Math.cos(angle), r * Math.sin(angle)];
}
