// What a compiled function takes and gives, what it captures, and what it refuses.

import { expect, it } from "vitest";
import {
  type Compiled,
  compile,
  fixed,
  Parameter,
  State,
  scan,
  setTarget,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { assignAll } from "../../src/ir/state.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

/** A static number, where the type asks for the number that the function sees. */
const still = (value: number): number => fixed(value) as unknown as number;

onTargets("arguments and results", () => {
  it("are trees, with what is no tensor as it is", () => {
    const f = compile((batch: { x: Tensor[]; k: { y: Tensor }; flag: boolean }) => ({
      sum: [batch.x[0].add(batch.x[1]), { y: batch.flag ? batch.k.y : batch.k.y.neg() }] as const,
      twice: [batch.k.y, batch.k.y],
      nothing: null,
      missing: undefined,
      name: "f",
    }));
    const x = [Float32Array.of(1), tensor([2])];
    const first = f({ x, k: { y: 5 }, flag: true });
    const second = f({ x, k: { y: 5 }, flag: false });
    expect(elements(first.sum[0])).toEqual([3]);
    expect(elements(first.sum[1].y)).toEqual([5]);
    expect(elements(second.sum[1].y)).toEqual([-5]);
    expect(first.twice.map(elements)).toEqual([[5], [5]]);
    expect([first.nothing, first.missing, first.name]).toEqual([null, undefined, "f"]);
    expect(compile(() => undefined)()).toBe(undefined);
  });

  it("are copied in and out", () => {
    const same = compile((x: Tensor) => x);
    const array = Float32Array.of(1);
    const first = same(array);
    array[0] = 9;
    expect([elements(first), elements(same(array))]).toEqual([[1], [9]]);
    const twice = compile((x: Tensor) => x.mul(2));
    let x = twice(tensor([1]));
    for (let k = 0; k < 5; k++) x = twice(x);
    expect([elements(x), twice.traces]).toEqual([[64], 1]);
  });

  it("keep their element types, each a signature", () => {
    const next = compile((x: Tensor) => x.add(1));
    const feeds = [Float32Array.of(1), Float64Array.of(1), Int32Array.of(1)];
    expect(feeds.map((feed) => next(feed).dtype)).toEqual(["float32", "float64", "int32"]);
    expect(
      elements(next({ dtype: "float32", shape: [1, 2], data: Float64Array.of(1, 2) })),
    ).toEqual([2, 3]);
  });

  it("refuses bytes that are no truth values", () => {
    const bytes = new Uint8Array([0, 255, 1]);
    expect(codeOf(() => compile((x: Tensor) => x)(bytes))).toBe("DTYPE_MISMATCH");
    expect(codeOf(() => tensor(bytes))).toBe("DTYPE_MISMATCH");
    expect(elements(tensor(bytes, { dtype: "float32" }))).toEqual([0, 255, 1]);
    expect(elements(tensor(bytes, { dtype: "bool" }).cast("float32"))).toEqual([0, 1, 1]);
    const flag = new State(Uint8Array.of(5), [], "bool");
    expect([flag.cast("int32").itemSync(), flag.itemSync()]).toEqual([1, 1]);
  });

  it("tells static values apart, and drops the signature used longest ago", () => {
    const over = compile((x: Tensor, n: number) => x.div(n));
    const quotients = [0, -0, 0, Number.NaN, Number.NaN].map(
      (n) => elements(over(tensor([1]), still(n)))[0],
    );
    expect(quotients).toEqual([Infinity, -Infinity, Infinity, Number.NaN, Number.NaN]);
    expect(over.traces).toBe(3);
    const pair = compile((a: string, b: string) => ({ pair: `${a}|${b}` }));
    expect([pair("a string:b", "c").pair, pair("a", "b string:c").pair]).toEqual([
      "a string:b|c",
      "a|b string:c",
    ]);
  });

  it("takes a parameter as itself", () => {
    const w = weights(1, 2);
    const step = compile((p: Parameter) => {
      const loss = p.mul(p).sum();
      p.assign(p.sub(loss.backward().get(p)!.mul(0.5)));
      return loss;
    });
    expect([step(w).itemSync(), step(w).itemSync(), ...elements(w)]).toEqual([5, 0, 0, 0]);
  });
});

onTargets("parameters frozen after compilation", () => {
  /** Descends the sum of two parameters by gradients of 1 each. */
  function descent(): { a: Parameter; b: Parameter; step: Compiled<[], Tensor> } {
    const [a, b] = [weights(0), weights(0)];
    const step = compile(() => {
      const loss = a.add(b).sum();
      for (const [p, g] of loss.backward()) p.assign(p.sub(g));
      return loss;
    });
    return { a, b, step };
  }

  it("stay as they are until they are unfrozen", () => {
    const { a, b, step } = descent();
    const values = (): number[] => [a, b].flatMap(elements);
    step();
    a.trainable = false;
    step();
    step();
    expect([values(), step.traces]).toEqual([[-1, -3], 2]);
    a.trainable = true;
    step();
    expect([values(), step.traces]).toEqual([[-2, -4], 2]); // the first recording fits again
    a.trainable = false;
    step();
    expect([values(), step.traces]).toEqual([[-2, -5], 2]);
  });

  it("make nothing be recorded anew that does not read them", () => {
    const { a, step } = descent();
    const other = weights(1);
    const twice = compile((x: Tensor) => x.mul(2));
    step();
    twice(3);
    other.trainable = false;
    a.trainable = true; // as it is
    step();
    a.trainable = false;
    twice(3);
    expect([step.traces, twice.traces]).toEqual([1, 1]);
  });

  it("may be read by a loop, or written before they are read", () => {
    const [w, v] = [weights(2), weights(0)];
    const step = compile(() => {
      v.assign(v.add(1));
      const [power] = scan((c: Tensor) => [c.mul(w), c] as const, tensor([1]), null, { length: 2 });
      return [...power.mul(v).sum().backward()].length;
    });
    const counts = [step()];
    w.trainable = false;
    counts.push(step());
    v.trainable = false;
    counts.push(step());
    expect(counts).toEqual([2, 1, 0]);
  });
});

onTargets("a nested compiled function", () => {
  it("takes numbers, arrays and static numbers as when called alone", () => {
    const scaled = compile((x: Tensor, factor: Tensor, n: number) => factor.mul(x).mul(n));
    const outer = compile((x: Tensor) => [
      scaled(x, 2, still(3)),
      scaled(x, Float32Array.of(5), still(1)),
    ]);
    expect(outer(tensor([3])).map(elements)).toEqual([[18], [15]]);
  });

  it("gives state as it is when the inner call ends", () => {
    const w = weights(1);
    const next = compile((): Tensor => {
      w.assign(w.add(1));
      return w;
    });
    expect(compile(() => [next(), next()])().map(elements)).toEqual([[2], [3]]);
  });
});

onTargets("state in a compiled function", (target) => {
  it("is what it was when a captured tensor was recorded", () => {
    const w = weights(1);
    const early = w.mul(10);
    const step = compile(() => {
      const sum = early.add(w);
      w.assign(w.add(1));
      return sum;
    });
    expect([step(), step(), early].map(elements)).toEqual([[11], [12], [10]]);
  });

  it("may feed its own update through an argument that nobody has read", () => {
    const w = weights(1);
    const set = compile((x: Tensor) => {
      w.assign(x);
      return [x, w];
    });
    const tenfold = w.mul(10);
    set(tenfold);
    expect(set(w.mul(10)).map(elements)).toEqual([[100], [100]]);
    expect(elements(tenfold)).toEqual([10]);
  });

  it("takes constants, each other's values and its own back", () => {
    const [a, b, c] = [weights(1), weights(2), weights(3)];
    const rotate = compile(() => {
      assignAll([
        { slot: a.slot, value: b.node },
        { slot: b.slot, value: c.node },
        { slot: c.slot, value: a.node },
      ]);
      return [a, b, c, a.mul(1)];
    });
    expect(rotate().map(elements)).toEqual([[2], [3], [1], [2]]);
    const nine = tensor([9]);
    const through = compile(() => {
      const old = b.node;
      a.assign(nine);
      a.assign(a.add(1));
      b.assign(b.add(1));
      const middle = b.mul(1);
      b.assign(old);
      return [middle, nine];
    });
    through();
    expect([...through(), a, b].map(elements)).toEqual([[4], [9], [10], [3]]);
  });

  it("may be replaced by a rearrangement of itself", () => {
    const w = new Parameter(Float32Array.of(1, 2, 3, 4), [2, 2], "float32");
    compile(() => w.assign(w.transpose()))();
    expect(elements(w)).toEqual([1, 3, 2, 4]);
    compile(() => w.assign(w.matmul(w)))();
    expect(elements(w)).toEqual([7, 15, 10, 22]);
  });

  it("counts in whole numbers and truth values", () => {
    const count = new State(Int32Array.of(0), [], "int32");
    const even = new State(Uint8Array.of(1), [], "bool");
    const step = compile(() => {
      count.assign(count.add(1));
      even.assign(even.logicalNot());
      return [count, even];
    });
    step();
    expect(step().map((x) => [x.dtype, x.itemSync()])).toEqual([
      ["int32", 2],
      ["bool", 1],
    ]);
  });

  it("moves with the target", () => {
    const w = weights(1);
    const double = compile(() => w.assign(w.mul(2)));
    double();
    setTarget(target === "wasm" ? "reference" : "wasm");
    double();
    expect(elements(w)).toEqual([4]);
    setTarget(target);
    double();
    expect(elements(w)).toEqual([8]);
  });

  it("may be set between calls", () => {
    const w = weights(1);
    const next = compile(() => w.assign(w.add(1)));
    next();
    const before = w.mul(1);
    w.set([10]);
    next();
    expect([before, w].map(elements)).toEqual([[2], [11]]);
  });
});

onTargets("a compiled function", () => {
  it("refuses what would happen once, at its recording", () => {
    const w = weights(1);
    expect(codeOf(() => compile(() => w.set([5]))())).toBe("VALUE_IN_TRACE");
    expect(codeOf(() => compile(() => weights(2))())).toBe("VALUE_IN_TRACE");
    expect(elements(w)).toEqual([1]);
  });

  it("lets no tensor out but as a result, even one of state alone", () => {
    const w = weights(1);
    let leaked: Tensor | undefined;
    compile(() => {
      leaked = w.mul(2);
      w.assign(w.add(1));
    })();
    expect(codeOf(() => leaked!.dataSync())).toBe("TRACE_ESCAPE");
    expect(codeOf(() => compile((x: Tensor) => x.add(leaked!))(tensor([1])))).toBe("TRACE_ESCAPE");
  });

  it("is as before after a call that threw", () => {
    const w = weights(1);
    let refuse = true;
    const step = compile((x: Tensor) => {
      w.assign(w.add(x.matmul(tensor([1, 2]))));
      if (refuse) throw new Error("stop");
    });
    expect(() => step(tensor([[1, 2]]))).toThrow("stop");
    refuse = false;
    expect(codeOf(() => step(tensor([[1, 2, 3]])))).toBe("SHAPE_MISMATCH");
    step(tensor([[1, 2]]));
    expect([elements(w), step.traces]).toEqual([[6], 1]);
  });

  it("may be deeper than the call stack", () => {
    const deep = compile((x: Tensor) => {
      let y = x;
      for (let k = 0; k < 12_000; k++) y = y.sin();
      return y.sum().gradient(x);
    });
    expect(elements(deep(tensor([0])))).toEqual([1]);
  });
});
