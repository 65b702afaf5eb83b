// Random draws: the same stream, compiled or not, whatever becomes of the numbers.

import { expect, it } from "vitest";
import { compile, Generator, nn, ones, random, type Tensor } from "../../src/index.ts";
import { elements, onTargets, weights } from "./on-targets.ts";

/** Elements of two calls in a row, and how many draws they took; compiled and not, from the same seed. */
function bothWays(generators: readonly Generator[], f: () => Tensor[]): unknown[] {
  return [f, compile(f)].map((call) => {
    generators.forEach((generator, k) => {
      generator.restore({ seed: k });
    });
    const calls = [call().map(elements), call().map(elements)];
    return [calls, generators.map((generator) => generator.state.draw)];
  });
}

onTargets("draws", () => {
  it("are taken in program order, not in the order of use", () => {
    const [plain, compiled] = bothWays([random], () => {
      const first = random.uniform([3]);
      return [random.uniform([3]), first];
    });
    expect(compiled).toEqual(plain);
  });

  it("are taken where nothing uses them", () => {
    const [plain, compiled] = bothWays([random], () => {
      random.uniform([3]);
      return [random.uniform([3])];
    });
    expect(compiled).toEqual(plain);
  });

  it("of two generators do not mix", () => {
    const [a, b] = [new Generator(0), new Generator(1)];
    const [plain, compiled] = bothWays([a, b], () => [b.bits([3]), a.bits([5]), b.bits([3])]);
    expect(compiled).toEqual(plain);
  });

  it("make one mask for dropout and its gradient", () => {
    const w = weights(...new Array<number>(64).fill(1));
    const dropout = new nn.Dropout(0.5);
    const f = (): Tensor[] => {
      const y = dropout.forward(w.mul(ones([64])), { training: true });
      return [y, y.sum().backward().get(w)!];
    };
    for (const call of [f, compile(f)]) {
      const [y, g] = call().map(elements);
      expect(g).toEqual(y);
      expect(new Set(y)).toEqual(new Set([0, 2]));
    }
  });
});
