// Part 1 of docs/errata.md: the numbers of the network worked by hand.

import { losses } from "chainrule";
import { expect } from "vitest";
import {
  type Checks,
  entries,
  listOf,
  networkOfB,
  same,
  sigma,
  t64,
  trainedB,
  written,
  wrong,
} from "./page.ts";

/** Transposes a [3, 2] matrix given row by row. */
const byInput = <T>(rows: readonly T[]): T[] => [0, 2, 4, 1, 3, 5].map((k) => rows[k]);

export const numbers: Checks = {
  N1: async () => {
    const { z1 } = await networkOfB();
    same(z1, [0.37, 0.5, 0.63]);
    written("N1", z1, 2);
    wrong([0.47, 0.74, 1.01], z1, 2);
  },
  N2: async () => {
    const { a1 } = await networkOfB();
    written("N2", a1, 6);
    wrong([0.615, 0.677, 0.734], a1, 3);
    const fromPrinted = t64([0.47, 0.74, 1.01]).sigmoid();
    written("N2", fromPrinted, 3);
    expect(listOf(fromPrinted)[2].toFixed(3)).not.toBe("0.734");
  },
  N3: async () => {
    const { z2 } = await networkOfB();
    written("N3", z2, 6);
    const fromPrinted = t64([0.7, 0.8, 0.9]).matmul(t64([0.615, 0.677, 0.734]));
    written("N3", fromPrinted, 4);
    for (const value of [z2, fromPrinted.itemSync()]) wrong([1.716], value, 3);
  },
  N4: async () => {
    const { y } = await networkOfB();
    written("N4", y, 6);
    written("N4", sigma(1.716), 4);
    for (const value of [y, sigma(1.716)]) wrong([0.845], value, 3);
  },
  N5: async () => {
    const { loss } = await networkOfB();
    written("N5", loss, 6);
    wrong([0.011], loss, 3);
    written("N5", losses.meanSquaredError(t64(0.845), 0.7, { halfSum: true }), 4);
  },
  N6: async () => {
    const { delta2 } = await networkOfB();
    const fromPrinted = (0.845 - 0.7) * 0.845 * (1 - 0.845);
    written("N6", delta2, 6);
    written("N6", fromPrinted, 4);
    for (const value of [delta2, fromPrinted]) wrong([0.013], value, 3);
  },
  N7: async () => {
    const { delta1 } = await networkOfB();
    const fromPrinted = [0.615, 0.677, 0.734].map((a, j) => 0.013 * (0.7 + j / 10) * a * (1 - a));
    written("N7", delta1, 6);
    written("N7", fromPrinted, 4);
    for (const value of [delta1.slice(1), fromPrinted.slice(1)]) wrong([0.006, 0.008], value, 3);
    wrong([0.004], delta1[0], 3);
  },
  N8: async () => {
    const { W1 } = await networkOfB();
    const printed = [0.099, 0.198, 0.297, 0.396, 0.495, 0.594];
    const before = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    written("N8", byInput(W1), 6);
    wrong(printed, byInput(W1), 3);
    same(
      printed,
      before.map((w) => 0.99 * w),
    ); // a percentage, not a gradient
    const changes = byInput(W1).map((w, k) => before[k] - w);
    expect(Math.min(...changes)).toBeGreaterThan(0.000148);
    expect(Math.max(...changes)).toBeLessThan(0.000287);
    const fromPrinted = before.map(
      (w, k) => w - 0.1 * [0.5, 0.8][k < 3 ? 0 : 1] * [0.004, 0.006, 0.008][k % 3],
    );
    written("N8", fromPrinted, 4);
  },
  N9: async () => {
    const { W2 } = await networkOfB();
    written("N9", W2, 6);
    wrong([0.7, 0.898], [W2[0], W2[2]], 3);
    written(
      "N9",
      [0.615, 0.677, 0.734].map((a, j) => 0.7 + j / 10 - 0.1 * 0.013 * a),
      4,
    );
  },
  N10: async () => {
    const { losses: found } = await trainedB();
    written("N10", found[1], 6);
    expect(found[1001].toExponential(2)).toBe("8.92e-7");
    expect(entries.get("N10")).toContain("8.92·10⁻⁷");
  },
};
