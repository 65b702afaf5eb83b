// Many steps in one call: the same numbers as so many calls, for state and for random draws.

import { expect, it } from "vitest";
import {
  compile,
  losses,
  nn,
  optim,
  Parameter,
  random,
  seed,
  type Tensor,
} from "../../src/index.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

/** A training step of a small network with dropout, and its parameters. */
function training(): {
  step: ReturnType<typeof compile<[x: Tensor, y: Tensor], Tensor>>;
  state: () => number[][];
} {
  seed(3);
  const model = new nn.Sequential(
    new nn.Linear(3, 5),
    new nn.Sigmoid(),
    new nn.Dropout(0.5),
    new nn.Linear(5, 2),
  );
  const optimizer = new optim.Adam(model, { learningRate: 0.1 });
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = losses.meanSquaredError(model.forward(x, { training: true }), y);
    optimizer.step(loss.backward());
    return loss;
  });
  return { step, state: () => [...nn.parameters(model).values()].map(elements) };
}

const x = Float32Array.of(1, -2, 0.5);
const y = Float32Array.of(0, 1);

onTargets("repeat", () => {
  it("gives the state, the draws and the result of as many calls", () => {
    const single = training();
    const losses = Array.from({ length: 7 }, () => elements(single.step(x, y)));
    const drawn = random.state;
    const many = training();
    expect(elements(many.step.repeat(7)(x, y))).toEqual(losses[6]);
    expect(many.state()).toEqual(single.state());
    expect(random.state).toEqual(drawn);
    expect(many.step.traces).toBe(1);
    expect(losses[5]).not.toEqual(losses[6]);
  });

  it("shares its recording with single calls and other numbers of steps", () => {
    const count = weights(0);
    const step = compile((by: Tensor) => {
      count.assign(count.add(by));
      return count.mul(1);
    });
    step(1);
    expect(elements(step.repeat(10)(2))).toEqual([21]);
    expect(elements(step.repeat(3)(1))).toEqual([24]);
    expect([elements(step(1)), step.traces]).toEqual([[25], 1]);
  });

  it("keeps for readers the value from before the call", () => {
    const w = weights(1);
    const before = w.mul(1);
    compile(() => w.assign(w.mul(2))).repeat(4)();
    expect([elements(before), elements(w)]).toEqual([[1], [16]]);
  });

  it("unrolls inside another compiled function", () => {
    const w = weights(1);
    const double = compile(() => {
      w.assign(w.mul(2));
      return w.add(0);
    });
    const outer = compile(() => double.repeat(3)().neg());
    expect([elements(outer()), elements(w)]).toEqual([[-8], [8]]);
  });

  it("refuses what is no number of steps", () => {
    const f = compile((a: Tensor) => a);
    expect([0, -1, 1.5, Number.NaN].map((n) => codeOf(() => f.repeat(n)))).toEqual(
      new Array(4).fill("BAD_ARGUMENT"),
    );
  });
});

it("repeats in place, without a copy of state for each step", () => {
  const w = new Parameter(new Float32Array(8), [8], "float32");
  const step = compile(() => w.assign(w.add(1)));
  step();
  const { residence } = w.slot;
  step.repeat(100)();
  expect(w.slot.residence).toBe(residence);
  expect(elements(w)).toEqual(new Array(8).fill(101));
});
