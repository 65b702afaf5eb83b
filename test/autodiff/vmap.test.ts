// vmap against loops over examples: nets of all kinds, in and out of grad, nested, compiled; axes, state and randomness.

import { expect, it } from "vitest";
import { adjointOf } from "../../src/autodiff/adjoints.ts";
import {
  arange,
  checkpoint,
  compile,
  conv2d,
  customVjp,
  grad,
  gradients,
  jacobian,
  jvp,
  losses,
  nn,
  ones,
  Parameter,
  random,
  scaledDotProductAttention,
  scan,
  seed,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from "../../src/index.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { convTranspose2d } from "../../src/ops/compose/convolution.ts";
import { failure } from "../nn/failure.ts";
import { draw } from "../ops/draw.ts";
import { elements, onTargets } from "../runtime/on-targets.ts";
import { allNear, loop, near, nearNumbers } from "./near.ts";

type Net = (...xs: Tensor[]) => Tensor;

/** Nets of one example, with the shapes of what all share and of one example. */
const nets: Readonly<Record<string, { f: Net; shared: number[][]; example: number[] }>> = {
  perceptron: {
    f: (w, b, v, x) => x.matmul(w).add(b).tanh().matmul(v).square().sum(),
    shared: [[3, 4], [4], [4, 2]],
    example: [3],
  },
  convolution: {
    f: (w, v, x) => {
      const h = conv2d(x.unsqueeze(0), w, { padding: 1 }).relu().maxPool2d(2);
      return losses.crossEntropy(h.reshape([1, 8]).matmul(v), tensor([1], { dtype: "int32" }));
    },
    shared: [
      [2, 1, 3, 3],
      [8, 3],
    ],
    example: [1, 4, 4],
  },
  "strided convolution in groups": {
    f: (w, x) =>
      conv2d(x.unsqueeze(0), w, { stride: 2, padding: 1, groups: 2, dilation: [1, 2] })
        .square()
        .sum(),
    shared: [[4, 1, 3, 2]],
    example: [2, 5, 6],
  },
  "transposed convolution": {
    f: (w, x) => convTranspose2d(x.unsqueeze(0), w, { stride: 2 }).tanh().sum(),
    shared: [[2, 3, 3, 3]],
    example: [2, 3, 3],
  },
  attention: {
    f: (w, v, x) => {
      const [q, k, values] = x.matmul(w).chunk(3, -1);
      const y = scaledDotProductAttention(q, k, values, { causal: true }).matmul(v).add(x);
      return y.softmax().log().square().mean().add(y.gelu().norm());
    },
    shared: [
      [4, 12],
      [4, 4],
    ],
    example: [5, 4],
  },
  "look-ups and order": {
    f: (table, x) => {
      const index = x.argMax({ axis: 1 });
      const rows = table.take(index).mul(x.cumSum(1).max({ axis: 1, keepDims: true }));
      return rows
        .flip(0)
        .pad([
          [1, 0],
          [0, 2],
        ])
        .logSumExp({ axis: 0 })
        .prod();
    },
    shared: [[3, 2]],
    example: [4, 3],
  },
};

const tolerance = { reference: 1e-12, wasm: 1e-11 } as Record<string, number>;

onTargets("vmap", (target) => {
  for (const [name, { f, shared, example }] of Object.entries(nets)) {
    const held = shared.map((shape, k) => draw(shape, 20 + k));
    const xs = draw([2, ...example], 5);
    const args = [...held, xs];
    const axes = [...held.map(() => null), 0 as const];
    const slopes = (...all: Tensor[]): Tensor[] => gradients(f(...all), all);
    const bends = (...all: Tensor[]): Tensor[] => {
      const total = slopes(...all).map((g) => g.sin().sum());
      return gradients(
        total.reduce((a, b) => a.add(b)),
        all,
      );
    };

    it(`of a net (${name}) is the loop`, () => {
      near(vmap(f, { in: axes })(...args), loop(f, args, axes)[0], tolerance[target]);
    });

    it(`of gradients (${name}) gives those of each example, to second order`, () => {
      for (const g of [slopes, bends]) {
        allNear(vmap(g, { in: axes })(...args), loop(g, args, axes), 1e-9);
      }
    });

    it(`is differentiated in turn (${name}), to second order, and the rules of its functions hold`, () => {
      const total = (...all: Tensor[]): Tensor =>
        vmap(f, { in: axes })(...all)
          .square()
          .sum();
      const wanted = (...all: Tensor[]): Tensor => loop(f, all, axes)[0].square().sum();
      const [got, want] = [total, wanted].map((h) => {
        const first = gradients(h(...args), args);
        const s = first.map((g) => g.sin().sum()).reduce((a, b) => a.add(b));
        return [...first, ...gradients(s, args)];
      });
      allNear(got, want, 1e-9);
    });

    it(`goes with jvp (${name}), inside and outside`, () => {
      const v = args.map((x, k) => draw(x.shape, 40 + k));
      const along = (...all: Tensor[]): Tensor => {
        const xs = all.slice(0, args.length);
        return jvp(f, xs, all.slice(args.length)).tangent as Tensor;
      };
      const want = loop(along, [...args, ...v], [...axes, ...axes])[0];
      near(vmap(along, { in: [...axes, ...axes] })(...args, ...v), want, 1e-9);
      near(jvp(vmap(f, { in: axes }), args, v).tangent as Tensor, want, 1e-9);
    });
  }

  it("of a loss gives PyTorch's per-example gradients", () => {
    const w = tensor(
      [
        [0.5, -0.3],
        [0.2, 0.8],
        [-0.6, 0.1],
      ],
      { dtype: "float64" },
    );
    const x = tensor(
      [
        [0.1, -0.4, 0.7],
        [1, 2, -1],
        [0.3, 0.3, 0.3],
      ],
      { dtype: "float64" },
    );
    const y = tensor([0, 1, 1], { dtype: "int32" });
    const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor =>
      losses.crossEntropy(x.matmul(w).unsqueeze(0), y.unsqueeze(0));
    const each = vmap(grad(loss), { in: [null, 0, 0] })(w, x, y);
    expect(each.shape).toEqual([3, 3, 2]);
    nearNumbers(each, perExample); // PyTorch 2.13, torch.func.vmap(grad(loss))
  });

  it("of a convolution's loss gives PyTorch's per-example gradients", () => {
    const w = arange(0, 18).cast("float64").div(10).sub(0.8).reshape([2, 1, 3, 3]);
    const images = arange(0, 32).cast("float64").sin().reshape([2, 1, 4, 4]);
    const loss = (w: Tensor, image: Tensor): Tensor =>
      conv2d(image.unsqueeze(0), w, { padding: 1 }).tanh().square().sum();
    const each = vmap(grad(loss), { in: [null, 0] })(w, images);
    expect(each.shape).toEqual([2, 2, 1, 3, 3]);
    nearNumbers(each.reshape([2, 18]).slice([null, { end: 4 }]), firstOfConvolution); // PyTorch 2.13
  });

  it("compiles, alone and inside a compiled step, and nests", () => {
    const [a, b] = [draw([2, 3], 1), draw([4, 3], 2)];
    const outer = vmap((x: Tensor) => vmap((y: Tensor) => x.mul(y).sum().sigmoid(), { in: 0 })(b));
    const want = a.matmul(b.transpose()).sigmoid();
    near(outer(a), want);
    near(compile(outer)(a), want);
    near(vmap(compile((x: Tensor) => x.matmul(b.transpose()).sigmoid()))(a), want);
    const both = vmap(grad((x: Tensor) => outer(x.unsqueeze(0)).sum()));
    near(both(a), loop((x) => gradients(x.matmul(b.transpose()).sigmoid(), [x]), [a])[0]);
  });

  it("differentiates for parameters that the function captures", () => {
    const layer = new nn.Linear(3, 2);
    const x = draw([4, 3], 3, "float32");
    const slopes = (row: Tensor): Tensor[] =>
      [...layer.forward(row).square().sum().backward()].map(([, g]) => g);
    const each = vmap(slopes)(x);
    loop(slopes, [x]).forEach((want, k) => {
      near(each[k], want, 1e-6);
    });
  });

  it("takes axes anywhere, in trees, and shares what has none", () => {
    const [x, y] = [draw([4, 3], 1), draw([2, 4, 3], 2)];
    type Arguments = { x: Tensor; list: [Tensor, number] };
    const f = ({ x, list: [y, factor] }: Arguments): { product: Tensor; x: Tensor } => ({
      product: y.matmul(x).mul(factor), // [2, 4] × [4]
      x,
    });
    const want = y.mul(x).sum({ axis: 1 }).mul(2); // [2, 3]
    const each = vmap(f, { in: [{ x: 1, list: [-1, null] }], out: { product: -1, x: 0 } });
    const result = each({ x, list: [y, 2] });
    near(result.product, want);
    near(result.x, x.transpose());
    const shared = vmap(f, { in: [{ x: null, list: [2, null] }], out: { product: 0, x: null } });
    const one = x.select(1, 0);
    near(
      shared({ x: one, list: [y, 2] }).product,
      y.mul(one.unsqueeze(-1)).sum({ axis: 1 }).mul(2).transpose(),
    );
    near(shared({ x: one, list: [y, 2] }).x, one);
  });

  it("goes through checkpoints and loops, whose draws are each example's own", () => {
    seed(7);
    const x = draw([2, 3], 1, "float32");
    const dropped = checkpoint((row: Tensor) => row.mul(random.uniform([3])));
    const J = jacobian(dropped)(x.select(0, 0));
    expect(elements(J).filter((slope) => slope !== 0).length).toBe(3);
    const [y, slopes] = vmap((row: Tensor) => {
      const { value, pullback } = vjp(dropped, row);
      return [value, pullback(row.mul(0).add(1))[0]];
    })(x);
    near(slopes.mul(x), y, 1e-6);
    const turn = (h: Tensor, v: Tensor): [Tensor, Tensor] => {
      const next = h.mul(0.5).add(v).tanh();
      return [next, next];
    };
    const last = (row: Tensor): Tensor => scan(turn, row.select(0, 0), row)[1].square().sum();
    near(vmap(grad(last))(x), loop(grad(last), [x])[0], 1e-6);
    near(grad((rows: Tensor) => vmap(last)(rows).sum())(x), loop(grad(last), [x])[0], 1e-6);
    const draws = vmap((row: Tensor) => scan((h: Tensor) => [h, random.uniform([])], row, row)[1])(
      x,
    );
    expect(new Set(elements(draws)).size).toBe(6);
  });

  it("of no examples gives no results", () => {
    const slope = grad((x: Tensor) => x.softmax().square().sum());
    expect(vmap(slope)(draw([0, 3], 1)).shape).toEqual([0, 3]);
  });

  it("recomputes in a checkpoint what all examples share", () => {
    const w = draw([4, 3], 1);
    const f = (x: Tensor): Tensor => {
      const shared = w.sum({ axis: 0 }).mul(w.transpose().matmul(w).max({ axis: 1 }));
      return x.mul(shared).add(
        w
          .reshape([12])
          .slice([{ end: 3 }])
          .take(x.argSort()),
      );
    };
    const slopes = (x: Tensor): Tensor[] =>
      gradients(checkpoint(f)(x).square().sum(), [x, w]).map((g) => g.sin());
    const x = draw([5, 3], 2);
    allNear(vmap(slopes)(x), loop(slopes, [x]), 1e-10);
  });

  it("drops in the derivative of a checkpoint in a loop what the loop dropped", () => {
    const drop = checkpoint((row: Tensor) => row.mul(random.bernoulli([8], 0.5).cast("float64")));
    const dropAll = (rows: Tensor): Tensor => scan((c, row) => [c, drop(row)], null, rows)[1]!;
    const both = (rows: Tensor): [Tensor, Tensor] => {
      const y = dropAll(rows);
      return [y, gradients(y.sum(), [rows])[0]];
    };
    const [y, slope] = compile((x: Tensor) => vmap(both)(x) as unknown as [Tensor, Tensor])(
      ones([2, 3, 8], "float64"),
    );
    expect(elements(slope)).toEqual(elements(y));
    expect(new Set((y.reshape([6, 8]).toArraySync() as number[][]).map(String)).size).toBe(6);
  });

  it("draws for each example, and once for all outside", () => {
    seed(3);
    const noise = random.uniform([4]);
    const x = draw([3, 4], 1, "float32");
    const f = (row: Tensor): [Tensor, Tensor] => {
      const own = random.uniform([4]);
      return [own, row.mul(0).add(noise)];
    };
    const [own, common] = vmap(f)(x).map(elements);
    expect(new Set(own).size).toBe(12);
    expect(common.slice(0, 4)).toEqual(common.slice(4, 8));
    const mask = (row: Tensor): Tensor => row.mul(random.bernoulli([4], 0.5).cast("float32")).sum();
    const slopes = elements(vmap(grad(mask))(x));
    seed(3);
    random.uniform([4]);
    random.uniform([3, 4]);
    expect(slopes).toEqual(elements(random.bernoulli([3, 4], 0.5).cast("float32")));
  });
});

const firstOfConvolution = [
  -3.6462498937164156, -3.941351124890356, -0.8353735627731012, 1.6755892269860713,
  -3.7844050380061987, -4.289302342252341, -0.7684356424072407, 1.7253929181852417,
];

const perExample = [
  -0.0542397940774351, 0.0542397940774351, 0.2169591763097404, -0.2169591763097404,
  -0.3796785585420457, 0.3796785585420457, 0.574442516811659, -0.5744425168116589,
  1.148885033623318, -1.1488850336233178, -0.574442516811659, 0.5744425168116589,
  0.13877104639687513, -0.13877104639687515, 0.13877104639687513, -0.13877104639687515,
  0.13877104639687513, -0.13877104639687515,
];

it("computes once what does not depend on the example", () => {
  const w = draw([3, 3], 1);
  let made: Tensor | undefined;
  const y = vmap((x: Tensor) => {
    made = w.matmul(w).tanh();
    return x.matmul(made);
  })(draw([5, 3], 2));
  const found = inOrder([y]);
  expect(found).toContain(made);
  expect(found.filter((t) => t.definition.name === "tanh").length).toBe(1);
  expect(found.filter((t) => t.definition.name === "contract").map((t) => t.shape)).toEqual([
    [3, 3],
    [5, 1, 3],
  ]);
});

it("does not repeat a table for its look-ups, nor make a loop of a convolution", () => {
  const [table, x, w] = [draw([100, 8], 1), draw([6, 1, 5, 5], 2), draw([4, 1, 3, 3], 3)];
  const index = tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { dtype: "int32" },
  );
  const rows = vmap((i: Tensor) => table.take(i))(index);
  expect(inOrder([rows]).every((t) => t.size <= 800)).toBe(true);
  const images = vmap((image: Tensor) => conv2d(image.unsqueeze(0), w))(x);
  const products = inOrder([images]).filter((t) => t.definition.body.kind === "contract");
  expect(products.length).toBe(1);
});

it("keeps what the explorer knows of a node: its layer, and which one it is the adjoint of", () => {
  const layer = new nn.Linear(3, 2);
  const slope = vmap(grad((x: Tensor) => layer.forward(x).tanh().sum()))(
    draw([4, 3], 1, "float32"),
  );
  const found = inOrder([slope]);
  const [y] = found.filter((t) => t.definition.name === "tanh");
  expect(y.shape).toEqual([4, 2]);
  const product = inOrder([y]).find((t) => t.definition.body.kind === "contract");
  expect(product?.region?.owner).toBe(layer);
  expect(found.flatMap((t) => adjointOf(t) ?? [])).toContain(y.inputs[0]);
});

it("differentiates a batched call that was text, and refuses one whose rule is elsewhere", () => {
  const x = draw([2, 3], 1);
  const y = vmap((x: Tensor) => x.softmax())(x);
  const text = printGraph({ arguments: [x], outputs: [y], writes: [] });
  const copy = parseGraph(text);
  expect(printGraph(copy)).toBe(text);
  const slope = printGraph({ arguments: [x], outputs: gradients(y, [x]), writes: [] });
  const outputs = gradients(copy.outputs[0], copy.arguments);
  expect(printGraph({ arguments: copy.arguments, outputs, writes: [] })).toBe(slope);
  const other = parseGraph(text.replaceAll("softmax#", "softmax#0"));
  const error = failure(() => gradients(other.outputs[0], other.arguments));
  expect([error.code, error.message]).toEqual([
    "NOT_DIFFERENTIABLE",
    expect.stringContaining("softmax: its derivative softmax#"),
  ]);
});

it("keeps a rule that captures a tensor of the example", () => {
  const f = (x: Tensor): Tensor => {
    const weight = x.square();
    return customVjp(
      "weighed",
      (a) => a.mul(2),
      (g) => [g.mul(weight)],
    )(x).sum();
  };
  const x = draw([3, 2], 1);
  near(grad((xs: Tensor) => vmap(f)(xs).sum())(x), x.square());
  near(vmap(grad(f))(x), x.square());
});

it("says what is wrong with axes, sizes, results and state", () => {
  const [x, y] = [draw([3, 2], 1), draw([4, 2], 2)];
  const add = vmap((a: Tensor, b: Tensor) => a.add(b));
  const problem = (body: () => unknown): [string, string] => {
    const { code, message } = failure(body);
    return [code, message];
  };
  expect(problem(() => add(x, y))).toEqual([
    "SHAPE_MISMATCH",
    expect.stringContaining("different numbers of examples: 3, 4"),
  ]);
  expect(problem(() => add(x, tensor(1)))).toEqual([
    "SHAPE_MISMATCH",
    expect.stringContaining("float32[] has no such axis"),
  ]);
  expect(problem(() => vmap((a: Tensor) => a, { in: [0, 0] })(x))).toEqual([
    "BAD_ARGUMENT",
    expect.stringContaining("{ in: [0,0] } does not fit the arguments, a list of 1"),
  ]);
  expect(problem(() => vmap((a: Tensor) => ({ a }), { out: { b: 0 } })(x))).toEqual([
    "BAD_ARGUMENT",
    expect.stringContaining("a record of a"),
  ]);
  expect(problem(() => vmap((a: Tensor) => a, { in: null })(x))[1]).toContain("no argument has");
  expect(problem(() => vmap((a: Tensor) => a, { out: null })(x))[1]).toContain("the same for all");
  expect(problem(() => vmap((_: Tensor) => 1 as unknown as Tensor)(x))[1]).toContain("type number");
  expect(problem(() => vmap(async (a: Tensor) => a.exp())(x))[0]).toBe("ASYNC_IN_TRACE");
  expect(problem(() => vmap((a: Tensor) => tensor([a.sum().itemSync()]))(x))[0]).toBe(
    "VALUE_IN_TRACE",
  );
  const total = new Parameter(Float64Array.of(0), [], "float64");
  const counted = (a: Tensor): Tensor => {
    total.assign(a.sum());
    return a;
  };
  expect(problem(() => vmap(counted)(x))).toEqual([
    "UNSUPPORTED",
    expect.stringContaining("was assigned inside a batched function"),
  ]);
});
