// Parts 2 and 4 of docs/errata.md: formulas, and the order of updates.

import { gradients, losses, stack, type Tensor } from "chainrule";
import { expect } from "vitest";
import { type Checks, listOf, networkOfB, same, sigma, t64, written, wrong } from "./page.ts";

export const formulas: Checks = {
  F1: () => {
    const y = t64(sigma(1.4992292658378));
    const t = t64(0.7);
    const J = losses.meanSquaredError(y, t, { halfSum: true });
    const [dy, dt] = gradients(J, [y, t]);
    written("F1", dy, 6);
    const [tByY] = gradients(t, [y]);
    same(tByY, 0);
    same(dt.mul(tByY), 0); // what the printed formula gives
  },
  F2: () => {
    const [y, yHat] = [t64([0, 1]), t64([0.5, 0.8])];
    const [g] = gradients(losses.meanSquaredError(yHat, y, { halfSum: true }), [yHat]);
    same(g, yHat.sub(y));
    const lossAfter = (step: Tensor): number =>
      losses.meanSquaredError(yHat.sub(step.mul(0.1)), y, { halfSum: true }).itemSync();
    const before = lossAfter(t64([0, 0]));
    expect(lossAfter(g)).toBeLessThan(before);
    expect(lossAfter(y.sub(yHat))).toBeGreaterThan(before);
  },
  F3: () => {
    const [y, yHat] = [t64([0, 1]), t64([0.5, 0.8])];
    const [g] = gradients(y.mul(yHat.log()).sum().neg(), [yHat]);
    same(g, [0, -1.25]);
    written("F3", -1.25, 2);
    const printed = listOf(y.sub(yHat));
    same(printed, [-0.5, 0.2]);
    wrong(printed, g, 2);
  },
  F4: () => {
    const z = t64([0.3, -1.2, 0.8]);
    const y = t64([0, 0, 1]);
    const [byLogits] = gradients(losses.crossEntropy(z.reshape([1, 3]), y.reshape([1, 3])), [z]);
    same(byLogits, z.softmax().sub(y));
    const mean = losses.binaryCrossEntropyWithLogits(z, y, { reduction: "sum" });
    same(gradients(mean, [z])[0], z.sigmoid().sub(y));
    const viaProbabilities = y.mul(z.softmax().log()).sum().neg(); // the long way round
    same(gradients(viaProbabilities, [z])[0], byLogits);
  },
  F5: () => {
    const yHat = t64([0.2, 0.9, 0.4]);
    const y = t64([0, 1, 1]);
    const [ofMean] = gradients(losses.meanSquaredError(yHat, y), [yHat]);
    const [ofHalf] = gradients(losses.meanSquaredError(yHat, y, { halfSum: true }), [yHat]);
    same(ofHalf, yHat.sub(y));
    same(ofMean, ofHalf.mul(2 / 3));
    wrong(listOf(ofMean), ofHalf, 6);
  },
  F6: () => {
    const z = t64([2, -2, 0]);
    same(gradients(z.relu().sum(), [z])[0], [1, 0, 0]);
    written("F6", sigma(2), 6);
    for (const printed of [sigma(2), Math.max(0, 2)]) wrong([printed], 1, 6);
  },
  F7: () => {
    const z = t64([0.5, 0]);
    const [g] = gradients(z.tanh().sum(), [z]);
    const h = 1e-5;
    same(
      g,
      [0.5, 0].map((x) => (Math.tanh(x + h) - Math.tanh(x - h)) / (2 * h)),
      8,
    );
    const printed = [0.5, 0].map((x) => Math.tanh(x) * (1 - Math.tanh(x) ** 2));
    written("F7", listOf(g)[0], 6);
    written("F7", printed[0], 6);
    wrong(printed, g, 6);
    same(listOf(g)[1], 1);
  },
  F9: () => {
    const u = t64(0.6);
    const parts = (): Tensor[] => [u.mul(2).tanh(), u.mul(-3).sigmoid()];
    const [total] = gradients(stack(parts()).square().sum(), [u]);
    const each = parts().map((y) => gradients(y.square(), [u])[0].itemSync());
    same(total, each[0] + each[1]);
    wrong([each[0]], total, 6); // one path alone
  },
  F10: () => {
    const a = t64([0.2, 0.7]);
    const W = t64([
      [0.1, -0.4],
      [0.3, 0.8],
      [-0.6, 0.5],
    ]);
    const z = W.matmul(a);
    const L = z.sigmoid().square().sum();
    const [delta, da] = gradients(L, [z, a]);
    same(da, W.permute([1, 0]).matmul(delta));
  },
  F11: async () => {
    const { delta1, dW1 } = await networkOfB();
    same(
      dW1,
      delta1.flatMap((d) => [d * 0.5, d * 0.8]),
    );
    const W = t64([[0.1, 0.2]]);
    const x = t64([1, 2]);
    const [dW] = gradients(
      losses.meanSquaredError(W.matmul(x).add(0.3), t64([3]), { halfSum: true }),
      [W],
    );
    expect(dW.shape).toEqual([1, 2]);
    same(dW, [-2.2, -4.4]);
  },
  F13: () => {
    const a = t64([0.3, 0.5, 0.9]);
    const w = t64([0.2, -0.1, 0.4]);
    const b = t64(0.1);
    const [dw, db] = gradients(w.matmul(a).add(b), [w, b]);
    same(dw, a);
    same(db, 1);
    wrong([1, 0.3, 0.5], dw, 6);
  },
  F15: () => {
    same(0.5 + 0.8, 1.3);
    expect(t64(0).log().itemSync()).toBe(Number.NEGATIVE_INFINITY);
    const logits = t64([0.5, 0.8]);
    same(logits.softmax().sum(), 1);
    expect(t64([-1, 7]).relu().toArraySync()).toEqual([0, 7]);
  },
};

export const words: Checks = {
  W5: async () => {
    const { delta2, delta1, a1, W2 } = await networkOfB();
    const afterUpdate = a1.map((a, j) => delta2 * W2[j] * a * (1 - a));
    expect(delta1[0].toPrecision(3)).toBe(afterUpdate[0].toPrecision(3));
    expect(delta1[0].toPrecision(4)).not.toBe(afterUpdate[0].toPrecision(4));
  },
};
