// Jacobians, Hessians and their products against loops and PyTorch: tensors and trees, both modes, models, compiled.

import { expect, it } from "vitest";
import {
  compile,
  grad,
  gradients,
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianForward,
  jacobianReverse,
  jvp,
  linearize,
  losses,
  nn,
  stack,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "../../src/index.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { failure } from "../nn/failure.ts";
import { draw } from "../ops/draw.ts";
import { elements, onTargets } from "../runtime/on-targets.ts";
import { near, nearNumbers } from "./near.ts";

const W = tensor(
  [
    [0.5, -0.3],
    [0.2, 0.8],
    [-0.6, 0.1],
  ],
  { dtype: "float64" },
);
const at = tensor([0.1, -0.4, 0.7], { dtype: "float64" });
const weights = tensor([1, -2], { dtype: "float64" });
const net = (x: Tensor): Tensor => x.matmul(W).tanh().matmul(weights).square().sum();

/** Rows of derivatives, one gradient for each element of the result. */
function rows(y: Tensor, x: Tensor): Tensor {
  const flat = y.reshape([y.size]);
  const each = Array.from({ length: y.size }, (_, i) => gradients(flat.select(0, i), [x])[0]);
  return stack(each).reshape([...y.shape, ...x.shape]);
}

// PyTorch 2.13: torch.func.hessian, jacrev, jvp; torch.autograd.functional.hvp.
const hessianOfNet = [
  1.887965071882042, -2.4669022193305867, -1.3549679291914016, -2.4669022193305867,
  3.312641452747287, 1.7452341756698824, -1.3549679291914016, 1.7452341756698826, 0.979572873388296,
];
const productOfNet = [-7.110743154353337, 9.394083213173637, 5.074219042313251];
const jacobianOfSoftmax = [
  0.18347867681137792, -0.14626688985937084, -0.15809704939993643, -0.18347867681137792,
  0.14626688985937084, 0.15809704939993643,
];
const tangentOfLogSumExp = [0.3711989703871754, 0.3127787415941705, 0.3687149226718748];

onTargets("derivatives", () => {
  it("are PyTorch's", () => {
    nearNumbers(hessian(net)(at), hessianOfNet);
    nearNumbers(
      hessianVectorProduct(net, at, tensor([1, 2, 3], { dtype: "float64" })),
      productOfNet,
    );
    const f = (x: Tensor): Tensor => x.matmul(W).sin().softmax();
    for (const mode of ["forward", "reverse"] as const) {
      nearNumbers(jacobian(f, { mode })(at), jacobianOfSoftmax);
    }
    const X = tensor(
      [
        [0.1, -0.4, 0.7],
        [1, 2, -1],
        [0.3, 0.3, 0.3],
      ],
      { dtype: "float64" },
    );
    const ones = X.mul(0).add(1);
    const sums = jvp((x: Tensor) => x.matmul(W).logSumExp({ axis: -1 }), [X], [ones]);
    nearNumbers(sums.tangent, tangentOfLogSumExp);
  });

  it("of nets are the loops over their elements, in both modes", () => {
    const w = draw([2, 1, 2, 2], 1);
    const nets: readonly [(x: Tensor) => Tensor, readonly number[]][] = [
      [(x) => x.conv2d(w, { padding: 1 }).tanh().maxPool2d(2), [1, 1, 3, 3]],
      [(x) => x.matmul(x.transpose()).softmax().matmul(x), [3, 2]],
      [
        (x) =>
          x
            .sort()
            .values.cumSum(0)
            .mul(x.take(tensor([2, 0], { dtype: "int32" })).prod()),
        [4],
      ],
    ];
    for (const [f, shape] of nets) {
      const x = draw(shape, 3);
      const want = rows(f(x), x);
      near(jacobianForward(f)(x), want);
      near(jacobianReverse(f)(x), want);
      const slope = grad((x: Tensor) => f(x).square().sum());
      near(hessian((x: Tensor) => f(x).square().sum())(x), rows(slope(x), x));
    }
  });

  it("take and give trees", () => {
    const [a, b] = [draw([2], 1), draw([3], 2)];
    const f = (scale: number, { a, list: [b] }: { a: Tensor; list: [Tensor] }) => ({
      outer: a.outer(b).mul(scale),
      sum: a.sum().mul(b.sum()),
    });
    for (const mode of ["forward", "reverse"] as const) {
      const J = jacobian(f, { argument: 1, mode })(2, { a, list: [b] });
      near(J.outer.a, rows(a.outer(b).mul(2), a));
      near(J.sum.list[0], a.sum().mul(2).div(2).broadcastTo([3]));
    }
    const index = tensor([1, 0], { dtype: "int32" });
    const taken = ([x, i]: [Tensor, Tensor]): Tensor => x.take(i).mul(i.cast("float64"));
    for (const mode of ["forward", "reverse"] as const) {
      const [byValue, byIndex] = jacobian(taken, { mode })([a, index]);
      expect([elements(byValue), elements(byIndex)]).toEqual([
        [0, 1, 0, 0],
        [0, 0, 0, 0],
      ]);
    }
    const H = hessian((x: { a: Tensor; b: Tensor }) => x.a.square().sum().mul(x.b.sum()))({ a, b });
    near(H.a.b, a.mul(2).unsqueeze(1).broadcastTo([2, 3]));
    expect(elements(H.b.b)).toEqual(new Array(9).fill(0));
    const { value, pullback } = vjp(f, 2, { a, list: [b] });
    const [none, back] = pullback({ outer: value.outer, sum: value.sum });
    expect(none).toBe(null);
    near(
      back.list[0],
      gradients(value.outer.square().sum().add(value.sum.square()).div(2), [b])[0],
    );
    const { gradients: both } = valueAndGrad((x: [Tensor, Tensor], n: number) =>
      x[0].sum().mul(x[1].sum()).mul(n),
    )([a, b], 3);
    near(both[0][0], b.sum().mul(3).broadcastTo([2]));
    expect(both[1]).toBe(null);
  });

  it("come with the value and with whatever else the function returns", () => {
    const f = (x: Tensor, y: Tensor): [Tensor, { y: Tensor; note: string }] => [
      x.mul(y).sum(),
      { y: y.add(1), note: "kept" },
    ];
    const [x, y] = [draw([2], 1), draw([2], 2)];
    const { gradient, auxiliary } = grad(f, { argument: 1, auxiliary: true })(x, y);
    near(gradient, x);
    near(auxiliary.y, y.add(1));
    const all = valueAndGrad(f, { auxiliary: true })(x, y);
    near(all.value, x.mul(y).sum());
    near(all.gradients[0], y);
    expect(all.auxiliary.note).toBe("kept");
  });

  it("of a captured tensor and of an argument are told apart", () => {
    const x = tensor(3, { dtype: "float64" });
    const inner = (x: Tensor): Tensor => grad((y: Tensor) => x.mul(y))(x); // ∂(x y)/∂y = x
    expect(elements(grad(inner)(x))).toEqual([1]);
    const tangent = (x: Tensor): Tensor =>
      jvp((y: Tensor) => x.mul(y), [x], [x.mul(0).add(1)]).tangent;
    expect(elements(jvp(tangent, [x], [tensor(1, { dtype: "float64" })]).tangent)).toEqual([1]);
  });

  it("of a model are those of its parameters, wherever it reads them", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.Linear(3, 2));
    const parameters = Object.fromEntries(nn.parameters(model));
    const x = draw([4, 2], 1, "float32");
    const y = tensor([0, 1, 1, 0], { dtype: "int32" });
    const loss = (): Tensor => losses.crossEntropy(model.forward(x), y);
    const v = Object.fromEntries(
      Object.entries(parameters).map(([path, p], k) => [path, draw(p.shape, k, "float32")]),
    );
    const backward = loss().backward();
    const slope = grad<[typeof parameters]>(loss)(parameters);
    const along = Object.entries(parameters).map(([path, p]) =>
      backward.get(p)!.mul(v[path]).sum(),
    );
    const want = gradients(
      along.reduce((a, b) => a.add(b)),
      Object.values(parameters),
    );
    const products = hessianVectorProduct(loss, parameters, v);
    Object.entries(parameters).forEach(([path, p], k) => {
      near(slope[path], backward.get(p)!, 1e-6);
      near(products[path], want[k], 1e-5);
    });
    const step = compile(() => hessianVectorProduct(loss, parameters, v));
    for (const [path, product] of Object.entries(step())) near(product, products[path], 1e-6);
    const bias = model.layers[2] as nn.Linear;
    const H = hessian<[Tensor]>(loss)(bias.bias!);
    near(H, rows(loss().backward().get(bias.bias!)!, bias.bias!), 1e-5);
  });

  it("compile, also as parts of steps", () => {
    near(compile(hessian(net))(at), hessian(net)(at));
    near(
      compile(jacobian((x: Tensor) => x.matmul(W).exp()))(at),
      W.transpose().mul(at.matmul(W).exp().unsqueeze(1)),
    );
  });

  it("follow each other: a pushforward is linear and its transpose is the pullback", () => {
    const f = (x: Tensor): Tensor => x.matmul(W).gelu().softmax();
    const x = draw([2, 3], 1);
    const [v, u] = [draw([2, 3], 2), draw([2, 2], 3)];
    const { pushforward } = linearize(f, x);
    const { pullback } = vjp(f, x);
    near(pushforward(v).mul(u).sum(), v.mul(pullback(u)[0]).sum());
    near(pushforward(v.mul(3)), pushforward(v).mul(3));
    const [same] = pullback(pushforward(null));
    expect(elements(same)).toEqual(new Array(6).fill(0));
  });
});

it("forward mode of a net records one product for each of its products", () => {
  const layers = [draw([3, 4], 1), draw([4, 4], 2), draw([4, 2], 3)];
  const f = (x: Tensor): Tensor => layers.reduce((h, w) => h.matmul(w).tanh(), x);
  const { tangent } = jvp(f, [draw([5, 3], 4)], [draw([5, 3], 5)]);
  const products = inOrder([tangent]).filter((t) => t.definition.body.kind === "contract");
  expect(products.length).toBe(6);
});

it("says what is wrong with results, directions and arguments", () => {
  const x = draw([2], 1);
  const problem = (body: () => unknown): [string, string] => {
    const { code, message } = failure(body);
    return [code, message];
  };
  const square = (x: Tensor): Tensor => x.square();
  expect(problem(() => grad(square)(x))).toEqual([
    "NOT_SCALAR",
    expect.stringContaining("must return a scalar; received float64[2]"),
  ]);
  expect(problem(() => hessian(square)(x))[0]).toBe("NOT_SCALAR");
  expect(problem(() => hessianVectorProduct(square, x, x))[0]).toBe("NOT_SCALAR");
  expect(problem(() => grad((_: Tensor) => 1 as unknown as Tensor)(x))[1]).toContain("type number");
  expect(problem(() => grad((async () => x) as never)(x))[0]).toBe("ASYNC_IN_TRACE");
  expect(problem(() => grad((n: number, x: Tensor) => x.sum().mul(n))(2, x))[1]).toContain(
    "argument 0 of 2 holds no tensor",
  );
  expect(problem(() => jvp(square, [x], [draw([3], 1)]))).toEqual([
    "SHAPE_MISMATCH",
    expect.stringContaining("the tangent float64[3] does not belong to float64[2]"),
  ]);
  expect(problem(() => vjp(square, x).pullback(draw([3], 1)))[1]).toContain("the cotangent");
  expect(problem(() => jvp(square, [x], [] as unknown as [Tensor]))).toEqual([
    "BAD_ARGUMENT",
    expect.stringContaining("another structure"),
  ]);
  expect(problem(() => jacobian((_: Tensor) => 3 as unknown as Tensor)(x))[0]).toBe("BAD_ARGUMENT");
  expect(problem(() => vjp(async (x: Tensor) => x, x))[0]).toBe("ASYNC_IN_TRACE");
});
