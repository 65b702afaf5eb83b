// The surfaces of the race, with a start and learning rates that suit each optimizer there, and the optimizers' signs.

import type { Both } from "../../language/language.ts";
import type { Colors } from "./colors.ts";

export type Racer = "sgd" | "momentum" | "rmsprop" | "adam";

export interface Field {
  readonly label: Both;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly start: readonly [number, number];
  readonly goals: readonly (readonly [number, number])[];
  readonly rates: Readonly<Record<Racer, number>>;
  readonly updates: number;
}

export const fields: Readonly<Record<string, Field>> = {
  valley: {
    label: { en: "valley", zh: "山谷" },
    ...{ x: [-5, 2], y: [-1.6, 1.6], start: [-4, 1.2], goals: [[0, 0]] },
    ...{ rates: { sgd: 0.07, momentum: 0.02, rmsprop: 0.05, adam: 0.2 }, updates: 120 },
  },
  rosenbrock: {
    label: { en: "banana (Rosenbrock)", zh: "香蕉谷（Rosenbrock）" },
    ...{ x: [-2, 2], y: [-1, 3], start: [-1.2, 1], goals: [[1, 1]] },
    ...{ rates: { sgd: 0.001, momentum: 0.001, rmsprop: 0.02, adam: 0.1 }, updates: 400 },
  },
  saddle: {
    label: { en: "saddle", zh: "鞍点" },
    ...{
      x: [-3, 3],
      y: [-3, 3],
      start: [-2.5, 0.001],
      goals: [
        [0, 2],
        [0, -2],
      ],
    },
    ...{ rates: { sgd: 0.05, momentum: 0.05, rmsprop: 0.05, adam: 0.05 }, updates: 240 },
  },
};

export const racers: readonly {
  readonly id: Racer;
  readonly label: Both;
  readonly color: keyof Colors;
  readonly sign: string;
}[] = [
  { id: "sgd", label: { en: "SGD", zh: "SGD" }, color: "ink", sign: "●" },
  { id: "momentum", label: { en: "momentum 0.9", zh: "动量 0.9" }, color: "backward", sign: "■" },
  { id: "rmsprop", label: { en: "RMSprop", zh: "RMSprop" }, color: "update", sign: "▲" },
  { id: "adam", label: { en: "Adam", zh: "Adam" }, color: "violet", sign: "◆" },
];
