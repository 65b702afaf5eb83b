// Recomputation: the same numbers as without, with less memory; each effect of the function happens once.

import { expect, it } from "vitest";
import { compileGraph, optimizeGraph } from "../../src/compiler/pipeline.ts";
import {
  checkpoint,
  compile,
  grad,
  gradients,
  hessianVectorProduct,
  jvp,
  nn,
  Parameter,
  random,
  State,
  seed,
  type Tensor,
  tensor,
  vmap,
} from "../../src/index.ts";
import { type Graph, inOrder } from "../../src/ir/graph.ts";
import { printGraph } from "../../src/ir/print.ts";
import { wasmFacts } from "../../src/runtime/wasm/facts.ts";
import { elements, onTargets, weights } from "./on-targets.ts";

type Layer = (x: Tensor) => Tensor;
const plain = (f: Layer): Layer => f;
const wrappings: readonly ((f: Layer) => Layer)[] = [plain, checkpoint];

/** Loss and gradients of a chain of layers with parameters, wrapped or not. */
function chain(wrap: (f: Layer) => Layer, dtype: "float32" | "float64" = "float32"): Tensor[] {
  const ws = [0, 1, 2].map(
    (k) =>
      new Parameter(
        Float64Array.from({ length: 9 }, (_, i) => Math.sin(i + 4 * k)),
        [3, 3],
        dtype,
      ),
  );
  const x = new Parameter(Float64Array.of(0.3, -0.2, 0.5, 1, 0.1, -0.7), [2, 3], dtype);
  const y = ws.reduce<Tensor>((h, w) => wrap((z) => z.matmul(w).tanh().mul(z))(h), x);
  const found = y.square().sum().backward();
  return [found.loss, ...[x, ...ws].map((p) => found.get(p)!)];
}

const stale = expect.objectContaining({ code: "GRAPH_RELEASED" });

/** Within the rounding of float32. */
function expectClose(got: readonly number[][], want: readonly number[][]): void {
  expect(got.map((list) => list.length)).toEqual(want.map((list) => list.length));
  for (const [k, list] of got.entries()) {
    for (const [i, v] of list.entries()) {
      const error = Math.abs(v - want[k][i]) / Math.max(1e-3, Math.abs(want[k][i]));
      expect(error).toBeLessThan(1e-5);
    }
  }
}

/** The graph behind tensors, its leaves as arguments. */
function graphOf(outputs: readonly Tensor[]): Graph {
  const leaves = inOrder(outputs).filter((t) => t.definition.body.kind === "leaf");
  return { arguments: leaves, outputs, writes: [] };
}

onTargets("checkpoint", () => {
  it("gives the same loss and gradients, in compiled functions and outside", () => {
    const [want, got] = wrappings.map((wrap) => chain(wrap).map(elements));
    const [wantCompiled, gotCompiled] = wrappings.map((wrap) => {
      const ps = [weights(1, 2), weights(0.5, -1)];
      const step = compile((x: Tensor) => {
        const f = wrap((z: Tensor) => z.mul(ps[0]).sigmoid().add(ps[1].exp()).mul(z));
        const loss = f(f(x)).sum();
        const found = loss.backward();
        return [loss, ...ps.map((p) => found.get(p)!)];
      });
      return step(Float32Array.of(0.2, -0.4)).map(elements);
    });
    expectClose(got, want);
    expectClose(gotCompiled, wantCompiled);
    expect(want[1].every((g) => g !== 0)).toBe(true);
  });

  it("differentiates again, and inside itself", () => {
    const nested = (f: Layer): Layer => checkpoint((x) => checkpoint(f)(checkpoint(plain(f))(x)));
    const unnested =
      (f: Layer): Layer =>
      (x) =>
        f(f(x));
    const second = (wrap: (f: Layer) => Layer): number[][] => {
      const [x, w] = [weights(0.3, -0.6), weights(0.7, 1.1)].map((p) => p.node);
      const y = wrap((z) => z.mul(w).sin().add(z.square()))(x).sum();
      const [gx, gw] = gradients(y, [x, w]);
      const both = gx.square().sum().add(gw.mul(gx).sum());
      return [gx, gw, ...gradients(both, [x, w])].map(elements);
    };
    const [want, got] = [second(unnested), second(nested)];
    expectClose(got, want);
  });

  it("has tangents, and runs for many examples", () => {
    const build = (wrap: (f: Layer) => Layer): Tensor[] => {
      const w = weights(0.3, -0.4).node;
      const value = (x: Tensor): Tensor =>
        wrap((z) => z.mul(w).sin().mul(z))(x)
          .square()
          .sum();
      const [x, v] = [tensor([1, 2]), tensor([0.5, -1])];
      const each = vmap(grad(value))(
        tensor([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      );
      return [jvp(value, [x], [v]).tangent, each, hessianVectorProduct(value, x, v)];
    };
    expectClose(build(checkpoint).map(elements), build(plain).map(elements));
  });

  it("takes a random mask once, and drops the same elements in the derivative", () => {
    const [want, got] = wrappings.map((wrap) => {
      seed(11);
      const dropout = new nn.Dropout(0.5);
      const step = compile((x: Tensor) => {
        const y = wrap((z: Tensor) => dropout.forward(z.mul(3), { training: true }))(x);
        return [y, gradients(y.square().sum(), [x])[0]];
      });
      const x = new Float32Array(32).fill(1);
      const results = [step(x), step(x)].flat().map(elements);
      return { results, draws: random.state.draw };
    });
    expect(got).toEqual(want);
    expect(got.results[1]).toEqual(got.results[0].map((v) => v * 12));
    expect(got.results[2]).not.toEqual(got.results[0]);
  });

  it("writes state once, and runs the function once", () => {
    const count = new State(Float32Array.of(0), [1], "float32");
    const w = weights(2);
    let runs = 0;
    const f = checkpoint((x: Tensor) => {
      runs++;
      count.assign(count.add(1));
      return x.mul(w).exp();
    });
    const step = compile((x: Tensor) => {
      const found = f(f(x)).sum().backward();
      w.assign(w.sub(found.get(w)!.mul(0.01)));
      return found.loss;
    });
    step(Float32Array.of(0.1));
    step(Float32Array.of(0.1));
    expect(elements(count)).toEqual([4]);
    expect(runs).toBe(2);
  });

  it("computes again once for several results, whichever have a gradient", () => {
    const build = (wrap: typeof checkpoint): { results: number[][]; tanhs: number } => {
      const x = weights(0.4, -0.3).node;
      const f = wrap((z: Tensor) => {
        const h = z.tanh();
        return {
          a: h.mul(z),
          list: [h.exp(), h.detach().mul(2)],
          label: "text",
          whole: z.cast("int32"),
        };
      });
      const { a, list, label, whole } = f(x);
      expect([label, whole.dtype]).toEqual(["text", "int32"]);
      const [g] = gradients(a.mul(list[0]).sum().add(list[1].sum()), [x]);
      const tanhs = inOrder([g]).filter((t) => t.definition.name === "tanh").length;
      return { results: [g, a, ...list].map(elements), tanhs };
    };
    const want = build((f) => f);
    const got = build(checkpoint);
    expectClose(got.results, want.results);
    expect(got.tanhs).toBe(2);
  });

  it("takes a gradient that does not depend on the function's result", () => {
    const step = compile((x: Tensor, c: Tensor) => {
      const f = checkpoint((z: Tensor) => z.mul(z).mul(2));
      const y = f(x);
      const [g] = gradients(y, [x], { cotangent: c.mul(2).exp() });
      return [y, g];
    });
    const [y, g] = step(Float32Array.of(1, 2, 3), Float32Array.of(0, 0, 0)).map(elements);
    expect([y, g]).toEqual([
      [2, 8, 18],
      [4, 8, 12],
    ]);
  });

  it("lets go of what it recorded when parameters change", () => {
    const w = weights(2);
    const y = checkpoint((x: Tensor) => x.mul(w).exp())(tensor([1]));
    w.set([3]);
    expect(() => y.sum().backward()).toThrow(stale);
  });
});

it("refuses an async function", () => {
  const f = checkpoint(async (x: Tensor) => x);
  expect(() => f(tensor([1]))).toThrow(expect.objectContaining({ code: "ASYNC_IN_TRACE" }));
});

it("keeps two computations apart in the graph, but none that waits for nothing", () => {
  const gradientOf = (cotangent: Tensor): string => {
    const x = weights(1, 2).node;
    const y = checkpoint((z: Tensor) => z.tanh().exp())(x);
    const [g] = gradients(y, [x], { cotangent });
    return printGraph(optimizeGraph(graphOf([y, g])));
  };
  const known = tensor([1, 2]);
  const computed = known.mul(3).exp();
  expect(gradientOf(known).match(/tanh/g)).toHaveLength(1);
  expect(gradientOf(computed).match(/tanh/g)).toHaveLength(2);
  expect(gradientOf(computed)).toContain("barrier");
});

it.each([false, true])(
  "needs less than half the memory for a deep chain (shared weight: %s)",
  (shared) => {
    const bytes = (wrap: (f: Layer) => Layer): number => {
      const [x, w] = [0, 1].map(
        () => new Parameter(new Float32Array(64 * 64), [64, 64], "float32"),
      );
      const layer = (z: Tensor): Tensor => {
        let h = z;
        for (let k = 0; k < 6; k++)
          h = h
            .matmul(shared ? w : h)
            .tanh()
            .add(z);
        return h;
      };
      let y: Tensor = x;
      for (let k = 0; k < 8; k++) y = wrap(layer)(y);
      const found = y.square().sum().backward();
      const results = [found.loss, found.get(x)!, found.get(w) ?? found.loss];
      return compileGraph(graphOf(results), wasmFacts).scratchBytes;
    };
    expect(bytes(checkpoint)).toBeLessThan(bytes(plain) / 2);
  },
);
