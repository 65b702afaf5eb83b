// Loops inside a step: the same numbers as the loop written out, for values and derivatives, state and draws.

import { expect, it } from "vitest";
import { compileGraph } from "../../src/compiler/pipeline.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { printPlan } from "../../src/compiler/print-plan.ts";
import {
  arange,
  checkpoint,
  compile,
  customVjp,
  full,
  Generator,
  grad,
  gradcheck,
  gradients,
  hessianVectorProduct,
  jvp,
  nn,
  optim,
  Parameter,
  State,
  scan,
  seed,
  setTarget,
  stack,
  type Tensor,
  tensor,
  vmap,
} from "../../src/index.ts";
import { type Graph, inOrder } from "../../src/ir/graph.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { wasmFacts } from "../../src/runtime/wasm/facts.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

type Turn = (carry: Tensor, x: Tensor) => readonly [Tensor, Tensor];
type Loop = (f: Turn, init: Tensor, xs: Tensor) => readonly [Tensor, Tensor];

/** The loop written out. */
const unrolled =
  (reverse: boolean): Loop =>
  (f, init, xs) => {
    const ys: Tensor[] = [];
    let carry = init;
    for (const t of turnsOf(xs, reverse)) [carry, ys[t]] = f(carry, xs.select(0, t));
    return [carry, stack(ys, 0)];
  };
const looped =
  (reverse: boolean): Loop =>
  (f, init, xs) =>
    scan(f, init, xs, { reverse });

function turnsOf(xs: Tensor, reverse: boolean): number[] {
  const turns = [...new Array(xs.shape[0]).keys()];
  return reverse ? turns.reverse() : turns;
}

/** Numbers that repeat nowhere. */
function some(shape: readonly number[], phase = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(phase + i * 1.3)),
    { shape },
  );
}

function expectClose(got: readonly Tensor[], want: readonly Tensor[], relative = 2e-4): void {
  expect(got.map(({ shape }) => shape)).toEqual(want.map(({ shape }) => shape));
  for (const [k, t] of got.entries()) {
    const expected = elements(want[k]);
    const errors = elements(t).map(
      (v, i) => Math.abs(v - expected[i]) / Math.max(1, Math.abs(expected[i])),
    );
    expect(Math.max(0, ...errors)).toBeLessThan(relative);
  }
}

/** Results, and gradients to second order, of a recurrence over 3 × 5 units (an odd number of bytes for vectors). */
function recurrence(loop: Loop): (x: Tensor, h: Tensor) => Tensor[] {
  const w = new Parameter(some([5, 5]).dataSync(), [5, 5], "float32");
  const b = weights(0.1, 0.2, -0.3, 0.4, 0.5);
  return (x, h) => {
    const scale = x.mean().exp();
    const turn: Turn = (carry, slice) => {
      const next = carry.matmul(w).add(slice).add(b).tanh().mul(scale);
      return [next, next.mul(slice).sum({ axis: 0 })];
    };
    const [last, ys] = loop(turn, h, x);
    const loss = last.square().sum().add(ys.exp().sum());
    const back = loss.backward();
    const [gx, gh] = gradients(loss, [x, h]);
    const again = gx.square().sum().add(gh.exp().sum()).add(back.get(w)!.sin().sum());
    const second = gradients(again, [x, h, w.node, b.node]);
    return [loss, last, ys, back.get(w)!, back.get(b)!, gx, gh, ...second];
  };
}

/** The graph behind tensors, its leaves as arguments. */
function graphOf(outputs: readonly Tensor[]): Graph {
  const leaves = inOrder(outputs).filter((t) => t.definition.body.kind === "leaf");
  return { arguments: leaves, outputs, writes: [] };
}

onTargets("scan", () => {
  it.each([false, true])(
    "gives what the loop written out gives, to second order (reverse: %s)",
    (reverse) => {
      const [x, h] = [some([3, 3, 5]), some([3, 5], 2)];
      const [want, got] = [unrolled(reverse), looped(reverse)].map(recurrence);
      expectClose(got(x.add(0), h.add(0)), want(x.add(0), h.add(0)));
      expectClose(compile(got)(x, h), want(x.add(0), h.add(0)));
    },
  );

  it("carries trees, passes what stays, and exchanges what changes places", () => {
    const [carry, ys] = scan(
      ({ a, pair: [b, c] }: { a: Tensor; pair: Tensor[] }, x: Tensor) => {
        const next = { a: b, pair: [a.add(b), c] };
        return [next, { old: a, x, c, none: null }] as const;
      },
      { a: tensor([0]), pair: [tensor([1]), tensor([7])] },
      tensor([[1], [2], [3], [4], [5]]),
    );
    expect([carry.a, ...carry.pair].map(elements)).toEqual([[5], [8], [7]]);
    expect([ys.old, ys.x, ys.c].map(elements)).toEqual([
      [0, 1, 1, 2, 3],
      [1, 2, 3, 4, 5],
      [7, 7, 7, 7, 7],
    ]);
    expect(ys.none).toBeNull();
  });

  it("runs so many turns without anything to take slices of, also none", () => {
    const powers = (length: number): Tensor[] => {
      const turn = (c: Tensor): [Tensor, null] => [c.mul(3), null];
      const x = tensor([2]).add(0);
      const [last, nothing] = scan(turn, x, null, { length });
      expect(nothing).toBeNull();
      return [last, ...gradients(last, [x])];
    };
    expect(powers(4).map(elements)).toEqual([[162], [81]]);
    expect(powers(0).map(elements)).toEqual([[2], [1]]);
    const [carry, ys] = scan(
      (c: Tensor, x: Tensor) => [c.add(x), c] as const,
      tensor([1]),
      some([0, 1]),
    );
    expect([elements(carry), ys.shape]).toEqual([[1], [0, 1]]);
  });

  it("works on whole numbers and truth values", () => {
    const turn = ([sum, seen]: Tensor[], x: Tensor): [Tensor[], Tensor] => {
      const now = [sum.add(x), seen.logicalOr(x.greater(3))];
      return [now, now[1]];
    };
    const init = [tensor([0], { dtype: "int32" }), tensor([false])];
    const [[sum, seen], ys] = scan(turn, init, arange(1, 6).reshape([5, 1]));
    expect([sum, seen, ys].map(elements)).toEqual([[15], [1], [0, 0, 0, 1, 1]]);
    expect([sum.dtype, ys.dtype]).toEqual(["int32", "bool"]);
  });

  it("loops inside loops, and recomputes inside and around them", () => {
    const inner = (loop: Loop, around: (f: Turn) => Turn): Turn =>
      around((c, x) => {
        const [last, ys] = loop(
          (d, z) => [d.mul(z).sin().add(c), d.add(z)],
          x.select(0, 0).mul(c),
          x,
        );
        return [last, ys.mul(c).sum({ axis: 0 })];
      });
    const build = (loop: Loop, around: (f: Turn) => Turn): Tensor[] => {
      const [x, c] = [some([3, 4, 2]).add(0), some([2], 3).add(0)];
      const [last, ys] = loop(inner(loop, around), c, x);
      const first = gradients(last.exp().sum().add(ys.square().sum()), [x, c]);
      return [
        last,
        ys,
        ...first,
        ...gradients(first[0].sin().sum().add(first[1].square().sum()), [x, c]),
      ];
    };
    const want = build(unrolled(false), (f) => f);
    expectClose(
      build(looped(false), (f) => f),
      want,
    );
    expectClose(
      build(looped(false), (f) => checkpoint(f)),
      want,
    );
    const whole: Loop = (f, init, xs) => checkpoint(() => scan(f, init, xs))();
    expectClose(
      build(whole, (f) => f),
      want,
    );
  });

  it("computes what is the same in all turns before the loop", () => {
    const w = weights(0.5, -0.25, 1, 2);
    const build = (loop: Loop): Tensor[] => {
      const turn: Turn = (carry, x) => {
        const scaled = w.reshape([2, 2]).softmax();
        const next = carry.matmul(scaled.matmul(scaled)).add(x).tanh();
        return [next, next.mul(w.sum())];
      };
      const [last, ys] = loop(turn, some([3, 2]), some([4, 3, 2], 1));
      return [ys, last.sum().add(ys.square().sum()).backward().get(w)!];
    };
    const [got, want] = [build(looped(false)), build(unrolled(false))];
    expectClose(got, want);
    const body = inOrder([got[0]]).find((t) => t.definition.name === "scan")!.attributes.body;
    expect(String(body).match(/= contract /g)).toHaveLength(1);
  });

  it("has tangents, and runs for many examples", () => {
    const [x, c, dc] = [some([3, 2, 4]), some([2, 4], 2), some([2, 4], 5)];
    const build = (loop: Loop): Tensor[] => {
      const w = some([4, 4], 7).node;
      const turn: Turn = (carry, slice) => {
        const next = carry.matmul(w).add(slice).sin();
        return [next, next.mul(slice)];
      };
      const value = (one: Tensor): Tensor => {
        const [last, ys] = loop(turn, one, x);
        return last.sum().add(ys.square().sum());
      };
      const { value: y, tangent } = jvp(value, [c], [dc]);
      const lasts = vmap((one: Tensor, xs: Tensor) => loop(turn, one.reshape([1, 4]), xs), {
        in: [0, 1],
      })(c, x.reshape([3, 2, 1, 4]));
      const each = vmap(grad(value))(stack([c, dc], 0));
      return [y, tangent, ...lasts, each, hessianVectorProduct(value, c, dc)];
    };
    expectClose(build(looped(true)), build(unrolled(true)));
    const generator = new Generator(1);
    const draw: Turn = (carry, slice) => [carry, slice.mul(generator.uniform([3]))];
    const drawn = vmap((one: Tensor) => scan(draw, one, full([2, 3], 1))[1])(some([4, 1]));
    expect(new Set(elements(drawn)).size).toBe(24);
  });

  it("differentiates functions for many examples that have rules of their own, inside and around", () => {
    const [x, init] = [some([3, 2, 4]), some([2, 4], 2)];
    const build = (loop: Loop): Tensor[] => {
      const each = vmap((row: Tensor) => row.softmax().mul(row.gelu()));
      const inside = (xs: Tensor): Tensor => {
        const [last, ys] = loop((c, slice) => [each(slice.add(c)), each(slice)], init, xs);
        return last.square().sum().add(ys.sin().sum());
      };
      const turn: Turn = (c, row) => [c.add(row).softmax(), c.mul(row.gelu())];
      const around = (xs: Tensor): Tensor => {
        const rows = (one: Tensor, of: Tensor): Tensor => loop(turn, one, of)[1].square().sum();
        return vmap(rows, { in: [0, 1] })(init, xs).sum();
      };
      return [inside, around].flatMap((f) => [
        grad(f)(x),
        jvp(f, [x], [x.sin()]).tangent,
        hessianVectorProduct(f, x, x.cos()),
      ]);
    };
    expectClose(build(looped(false)), build(unrolled(false)));
  });

  it("adds up gradients of a result that the derivative has recorded again", () => {
    const x = some([3, 1, 2, 2])
      .mul(0.3)
      .add(full([2], 2).diag());
    const build = (loop: Loop): Tensor[] => {
      const turn: Turn = (c, slice) => [c, slice.inverse()];
      const f = (xs: Tensor): Tensor =>
        loop(turn, some([1]), xs)[1]
          .square()
          .sum();
      const slope = grad(f);
      return [slope(x), grad((xs: Tensor) => slope(xs).mul(x.sin()).sum())(x)];
    };
    expectClose(build(looped(false)), build(unrolled(false)));
  });

  it("takes the tensors that rules of derivatives capture outside", () => {
    const [x, init, held] = [some([3, 4]), some([4], 2), some([4], 3)];
    const w = new Parameter(Float64Array.of(1, 2, 3, 4), [4], "float64");
    const scaled = customVjp(
      "scaled",
      (a) => a.mul(2),
      (g, [a]) => [g.mul(w).mul(held.square()).mul(a)],
    );
    const build = (loop: Loop): Tensor[] => {
      const f = (xs: Tensor): Tensor => {
        const [last, ys] = loop((c, slice) => [scaled(c).add(slice), c.mul(slice)], init, xs);
        return last.sum().add(ys.sum());
      };
      const slope = grad(f)(x);
      return [slope, ...gradients(slope.sin().sum(), [x, w, held])];
    };
    expectClose(build(looped(false)), build(unrolled(false)));
  });

  it("draws anew in each turn, and the derivative sees the same numbers", () => {
    const drawn = (): number[][] => {
      const generator = new Generator(5);
      const x = full([6, 16], 1).add(0);
      const turn: Turn = (c, slice) => {
        const kept = generator.bernoulli([16], 0.5).where(slice, 0);
        return [c.add(kept), kept];
      };
      const [, ys] = scan(turn, full([16], 0), x);
      const [g] = gradients(ys, [x]);
      expect(generator.state.draw).toBe(1);
      return [elements(ys), elements(g)];
    };
    const [ys, g] = drawn();
    expect(g).toEqual(ys);
    const rows = [0, 1, 2, 3, 4, 5].map((t) => ys.slice(16 * t, 16 * t + 16).join());
    expect(new Set(rows).size).toBe(6);
    expect(drawn()[0]).toEqual(ys);
  });

  it("assigns state turn by turn, and reads what is assigned", () => {
    const count = new State(Float32Array.of(10), [1], "float32");
    const turn: Turn = (c, x) => {
      count.assign(count.add(x));
      const now = count.mul(1);
      count.assign(count.add(1));
      return [c.add(now), count.mul(1)];
    };
    const xs = tensor([[1], [2], [3]]);
    const [sum, ys] = scan(turn, tensor([0]), xs);
    expect([elements(count), elements(sum), elements(ys)]).toEqual([
      [19],
      [11 + 14 + 18],
      [12, 15, 19],
    ]);
    const step = compile((x: Tensor) => {
      count.assign(count.mul(0));
      const [last] = scan(turn, x.select(0, 0), x);
      return [last, count.add(0.5)];
    });
    step(xs);
    expect(step(xs).map(elements)).toEqual([[1 + 1 + 4 + 8], [9.5]]);
    expect(elements(count)).toEqual([9]);
  });

  it("trains in a loop as step by step", () => {
    const train = (whole: boolean): number[][] => {
      seed(3);
      const model = new nn.Sequential(
        new nn.Linear(3, 4),
        new nn.BatchNorm1d(4),
        new nn.Linear(4, 1),
      );
      const optimizer = new optim.Adam(model, { learningRate: 0.1 });
      const turn: Turn = (c, x) => {
        const loss = model.forward(x, { training: true }).square().mean();
        optimizer.step(loss.backward());
        return [c, loss];
      };
      const run = compile(
        (xs: Tensor) => (whole ? looped : unrolled)(false)(turn, xs.mean(), xs)[1],
      );
      const losses = run(some([5, 8, 3]));
      return [losses, ...nn.parameters(model).values()].map(elements);
    };
    const [want, got] = [train(false), train(true)];
    for (const [k, list] of got.entries())
      for (const [i, v] of list.entries()) expect(v).toBeCloseTo(want[k][i], 3);
    expect(want[0][4]).toBeLessThan(want[0][0]);
  });

  it("names what is wrong with its arguments", () => {
    const [one, xs] = [tensor([1]), some([3, 1])];
    const keep = (c: Tensor): [Tensor, null] => [c, null];
    expect(codeOf(() => scan(keep, one, null))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan(keep, one, xs, { length: 4 }))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan(keep, one, [xs, some([4])]))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan(keep, one, tensor(2)))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan(keep, 1 as unknown as Tensor, xs))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan((c: Tensor) => c as never, one, xs))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan((c: Tensor) => [c, 3] as never, one, xs))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => scan((c: Tensor) => [[c], null] as never, one, xs))).toBe("SHAPE_MISMATCH");
    expect(codeOf(() => scan((c: Tensor) => [c.sum(), null], one, xs))).toBe("SHAPE_MISMATCH");
    expect(codeOf(() => scan((c: Tensor) => [c.cast("int32"), null], one, xs))).toBe(
      "DTYPE_MISMATCH",
    );
    expect(codeOf(() => scan((async (c: Tensor) => [c, null]) as never, one, xs))).toBe(
      "ASYNC_IN_TRACE",
    );
    expect(codeOf(() => scan((c: Tensor) => [c.add(c.itemSync()), null], one, xs))).toBe(
      "VALUE_IN_TRACE",
    );
  });
});

it("agrees with finite differences in float64, to second order, and so does a checkpoint", async () => {
  setTarget("reference");
  const loop = (x: Tensor, c: Tensor, w: Tensor): unknown => {
    const turn: Turn = (carry, slice) => {
      const next = carry.matmul(w).add(slice).tanh();
      return [next, next.mul(slice).sum({ axis: 1 })];
    };
    return [...scan(turn, c, x, { reverse: true })];
  };
  const inputs = [some([3, 2, 2]), some([2, 2], 1), some([2, 2], 2)];
  const checked = await gradcheck(loop, inputs, { order: 2, tolerance: 1e-5 });
  expect(checked.compared).toBeGreaterThan(40);
  await gradcheck(checkpoint(loop), inputs, { order: 2, tolerance: 1e-5 });
});

/** A loop with its derivative, of so many turns. */
function longLoop(turns: number): Graph {
  const [x, w] = [some([turns, 6, 20]).add(0), some([20, 20], 1).add(0)];
  const turn: Turn = (c, slice) => {
    const next = c.matmul(w).add(slice).tanh();
    return [next, next.mean()];
  };
  const [last, ys] = scan(turn, some([6, 20]), x);
  return graphOf([ys, ...gradients(last.sum().add(ys.sum()), [x, w])]);
}

it("makes a plan whose loops do not depend on the number of turns, and memory by what is stacked", () => {
  const [short, long] = [10, 1000].map((turns) => compileGraph(longLoop(turns), wasmFacts));
  const bodies = ({ steps }: Plan): number[] =>
    steps.flatMap((step) => (step.kind === "repeat" ? [step.body.length] : []));
  expect(bodies(long)).toEqual(bodies(short));
  expect(bodies(long)).toHaveLength(2);
  expect(printPlan(long)).toMatch(/repeat 1000 t0\n.*\+120·t0.*repeat 1000 t1 reverse\n/s);
  const perTurn = (long.scratchBytes - short.scratchBytes) / 990;
  expect(perTurn).toBeLessThan(4.5 * 6 * 20 * 4);
});

it("prints, parses and prints alike", () => {
  const text = printGraph(longLoop(3));
  expect(text).toContain("scan");
  expect(printGraph(parseGraph(text))).toBe(text);
});

it("gives the same bits for any number of threads", async () => {
  const turn: Turn = (c, x) => {
    const next = c.matmul(x).tanh().add(x.exp().mul(0.1));
    return [next, next.sum({ axis: 0 })];
  };
  const [x, c] = [some([3, 210, 210]), some([210, 210], 1)];
  const [last, ys] = scan(turn, c, x, { reverse: true });
  const graph = graphOf([last, ys, ...gradients(last.sum(), [x, c])]);
  const results: Buffer[][] = [];
  for (const threads of [1, 2, 4]) {
    const device = wasmDevice(threads);
    const program = device.prepare(graph);
    const bindings = graph.arguments.map(
      ({ value }) => ({ kind: "value", value: value! }) as const,
    );
    const run = (): Buffer[] => program.run(bindings).map((value) => Buffer.from(value.buffer));
    run();
    run();
    for (let wait = 0; device.threads < threads && wait < 2000; wait++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    results.push(run(), run());
  }
  const differ = results.filter((one) => one.some((bytes, k) => !bytes.equals(results[0][k])));
  expect(differ.length).toBe(0);
});
