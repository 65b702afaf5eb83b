// The curves of a run, epoch by epoch. A long run keeps every second epoch, then every fourth, …, so that drawing costs the
// same throughout; the newest epoch is always there.

import type { Curves } from "./training-protocol.ts";

interface Point {
  readonly epoch: number;
  readonly train: number;
  readonly test: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
}

const most = 1000;

export class CurveKeeper {
  #points: Point[] = [];
  #newest: Point | undefined;
  #stride = 1;

  add(point: Point): void {
    this.#newest = point;
    if ((point.epoch - 1) % this.#stride === 0) this.#points.push(point);
    if (this.#points.length <= most) return;
    this.#stride *= 2;
    this.#points = this.#points.filter(({ epoch }) => (epoch - 1) % this.#stride === 0);
  }

  get curves(): Curves {
    const points = [...this.#points];
    if (this.#newest !== undefined && points.at(-1) !== this.#newest) points.push(this.#newest);
    const of = (name: Exclude<keyof Point, "epoch">): number[] =>
      points.map((point) => point[name]);
    return {
      epochs: points.map(({ epoch }) => epoch),
      train: of("train"),
      test: of("test"),
      trainAccuracy: of("trainAccuracy"),
      testAccuracy: of("testAccuracy"),
    };
  }
}
