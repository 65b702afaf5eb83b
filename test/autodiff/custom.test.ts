// Functions with derivatives of the user's own, under every transform and inside each other; and the check of them.

import { expect, it } from "vitest";
import {
  type ChainruleError,
  compile,
  customJvp,
  customVjp,
  grad,
  gradcheck,
  gradients,
  hessian,
  jacobian,
  jvp,
  nn,
  random,
  type Tensor,
  tensor,
  vmap,
} from "../../src/index.ts";
import { failure } from "../nn/failure.ts";
import { draw } from "../ops/draw.ts";
import { elements, onTargets } from "../runtime/on-targets.ts";
import { loop, near } from "./near.ts";

/** x², whose derivative is said to be 3x, so that its rule can be told from the derivative of its values. */
const byGradient = customVjp(
  "square by gradient",
  (x) => x.mul(x),
  (g, [x]) => [g.mul(x).mul(3)],
);
const byTangent = customJvp(
  "square by tangent",
  (x) => x.mul(x),
  ([t], [x]) => t.mul(x).mul(3),
);

/** a b c by rules that call rules. */
const product = customJvp(
  "product",
  (a, b, c) => a.mul(b).mul(c),
  ([da, db, dc], [a, b, c]) => {
    const ab = product2(a, b);
    return product2(da, b.mul(c))
      .add(product2(db, a.mul(c)))
      .add(dc.mul(ab));
  },
);
const product2 = customVjp(
  "product of two",
  (a, b) => a.mul(b),
  (g, [a, b]) => [product2(g, b), product2(g, a)],
);

onTargets("a derivative of one's own", () => {
  for (const f of [byGradient, byTangent]) {
    it(`holds under every transform (${f === byGradient ? "gradient" : "tangent"})`, () => {
      const x = draw([3], 1);
      const v = draw([3], 2);
      const sum = (x: Tensor): Tensor => f(x).sum();
      near(grad(sum)(x), x.mul(3));
      near(jvp(f, [x], [v]).tangent, x.mul(v).mul(3));
      near(vmap(grad(f))(x), x.mul(3));
      near(grad((x: Tensor) => vmap(f)(x).sum())(x), x.mul(3));
      near(jvp(vmap(f), [x], [v]).tangent, x.mul(v).mul(3));
      near(vmap((x: Tensor, v: Tensor) => jvp(f, [x], [v]).tangent)(x, v), x.mul(v).mul(3));
      for (const mode of ["forward", "reverse"] as const) {
        near(jacobian(f, { mode })(x).sum({ axis: 1 }), x.mul(3));
      }
      near(hessian(sum)(x).sum({ axis: 1 }), x.mul(0).add(3));
      near(
        compile(grad((x: Tensor) => vmap(vmap(f))(x).sum()))(x.reshape([1, 3])),
        x.mul(3).reshape([1, 3]),
      );
    });
  }

  it("may be made of others, with several inputs, some shared, to second order", () => {
    const args = [draw([2, 3], 1), draw([3], 2), draw([2, 3], 3)];
    const axes = [0, null, 0] as const;
    const plain = (a: Tensor, b: Tensor, c: Tensor): Tensor => a.mul(b).mul(c).sum();
    const own = (a: Tensor, b: Tensor, c: Tensor): Tensor => product(a, b, c).sum();
    const slopes =
      (f: (...xs: Tensor[]) => Tensor) =>
      (...xs: Tensor[]): Tensor[] => {
        const first = gradients(f(...xs), xs);
        return [
          ...first,
          ...gradients(
            first.map((g) => g.sin().sum()).reduce((a, b) => a.add(b)),
            xs,
          ),
        ];
      };
    const want = loop(slopes(plain as never), args, [...axes]);
    vmap(slopes(own as never), { in: axes })(...args).forEach((g, k) => {
      near(g, want[k]);
    });
    const total =
      (f: typeof own) =>
      (...xs: Tensor[]): Tensor =>
        vmap(f, { in: axes })(...(xs as [Tensor, Tensor, Tensor]))
          .square()
          .sum();
    const [got, expected] = [own, plain].map((f) => slopes(total(f))(...args));
    got.forEach((g, k) => {
      near(g, expected[k]);
    });
  });

  it("may leave inputs out", () => {
    const f = customVjp(
      "scaled",
      (x, n) => x.mul(n),
      (g, [, n]) => [g.mul(n), null],
    );
    const x = draw([2, 3], 1);
    const n = tensor([2, 3, 4], { dtype: "float64" });
    near(grad((n: Tensor) => f(x.select(0, 0), n).sum())(n), n.mul(0));
    near(vmap(grad((x: Tensor) => f(x, n).sum()))(x), n.broadcastTo([2, 3]));
    near(jvp((n: Tensor) => f(x.select(0, 0), n), [n], [n]).tangent, n.mul(0));
    const still = customJvp(
      "second",
      (_, b) => b,
      ([, db]) => db,
    );
    near(grad((x: Tensor) => still(x, n).sum())(n), n.mul(0));
  });

  it("stops at stopGradient, in all modes and batched", () => {
    const f = (x: Tensor): Tensor => x.mul(x.stopGradient()).sum();
    const x = draw([2, 3], 1);
    near(vmap(grad(f))(x), x);
    near(grad((x: Tensor) => vmap(f)(x).sum())(x), x);
    near(jvp(f, [x], [x]).tangent, x.square().sum());
    near(jvp((x: Tensor) => x.detach(), [x], [x]).tangent, x.mul(0));
  });
});

it("what a rule or a cotangent gives has the type of what it is for", () => {
  const x = draw([2], 1, "float32");
  const wide = draw([2], 2);
  const times = customVjp(
    "times",
    (a) => a.mul(2),
    (g) => [g.mul(wide)],
  );
  const along = customJvp(
    "along",
    (a) => a.mul(2),
    ([t]) => t.mul(wide),
  );
  const slopes = [times, along].map((f) => gradients(f(x), [x])[0]);
  const others = [jvp(along, [x], [x]).tangent, gradients(x.sin(), [x], { cotangent: wide })[0]];
  expect([...slopes, ...others].map(({ dtype }) => dtype)).toEqual(Array(4).fill("float32"));
  for (const slope of slopes) near(slope, wide.cast("float32"), 1e-6);
});

it("what a rule gives is checked", () => {
  const x = draw([2], 1);
  const messages = [
    () =>
      grad((x: Tensor) =>
        customVjp(
          "few",
          (x) => x,
          () => [],
        )(x).sum(),
      )(x),
    () =>
      grad((x: Tensor) =>
        customVjp(
          "small",
          (x) => x,
          (g) => [g.sum()],
        )(x).sum(),
      )(x),
    () =>
      jvp(
        customJvp(
          "flat",
          (x) => x,
          ([t]) => t.sum(),
        ),
        [x],
        [x],
      ),
    () =>
      customVjp(
        "number",
        (x) => x,
        (g) => [g],
      )(2 as unknown as Tensor),
    () =>
      customVjp(
        "list",
        (x) => [x] as unknown as Tensor,
        (g) => [g],
      )(x),
  ].map((body) => failure(body).message.split(". ")[0]);
  expect(messages).toEqual([
    "few: its derivative gave  for inputs [2] (output [2])",
    "small: its derivative gave [] for inputs [2] (output [2])",
    "flat: its derivative gave a tangent [] for an output [2]",
    expect.stringContaining("number: a function with a derivative of its own takes tensors"),
    expect.stringContaining("result 0 is of type object"),
  ]);
});

async function refusal(check: Promise<unknown>): Promise<ChainruleError> {
  return check.then(
    () => Promise.reject(new Error("the check passed")),
    (error: ChainruleError) => error,
  );
}

onTargets("gradcheck", () => {
  it("passes right derivatives, to second order", async () => {
    const [x, w] = [draw([2, 3], 1, "float32"), draw([3, 2], 2)];
    const result = await gradcheck((x, w) => x.matmul(w).tanh(), [x, w], { order: 2 });
    expect(result.compared).toBe(2 * 2 * 12);
    expect(result.largestError).toBeLessThan(1e-7);
    const picked = await gradcheck(
      (x, i) => ({ y: x.take(i), z: x.exp() }),
      [draw([3], 1), tensor([2, 2, 0], { dtype: "int32" })],
    );
    expect(picked.compared).toBe(6);
  });

  it("names the element where a derivative is wrong", async () => {
    const x = tensor([0, 2], { dtype: "float64" });
    const first = await refusal(gradcheck((x) => byGradient(x), [x]));
    expect(first.code).toBe("WRONG_GRADIENT");
    expect(first.detail).toMatchObject({ input: 0, element: 1, order: 1, mode: "reverse" });
    expect(first.message).toMatch(
      /2 of 4 derivatives of order 1 differ .* most at element \[1\] of input 0, \[2\]: .* in reverse mode/,
    );
    const slope = customVjp(
      "slope",
      (g, x) => g.mul(x).mul(2),
      (u, [g, x]) => [u.mul(x).mul(2), u.mul(g)],
    );
    const bent = customVjp(
      "bent",
      (x) => x.square(),
      (g, [x]) => [slope(g, x)],
    );
    await gradcheck((x) => bent(x), [x]);
    const second = await refusal(gradcheck((x) => bent(x), [x], { order: 2 }));
    expect(second.detail).toMatchObject({ order: 2 });
  });

  it("refuses what it cannot compare", async () => {
    const x = draw([2], 1);
    const layer = new nn.Linear(2, 2);
    const messages = await Promise.all(
      [
        gradcheck((x) => layer.forward(x.cast("float32")), [x]),
        gradcheck((x) => x.mul(random.uniform([2])), [x]),
        gradcheck(() => 1, [x]),
        gradcheck((x) => x, [1 as unknown as Tensor]),
        gradcheck((x) => x, x as never),
        gradcheck(7 as never, [x]),
        gradcheck((x) => x, [x], { eps: 1e-3 } as never),
        gradcheck((x) => x, [x], { order: 3 as never }),
        gradcheck((x) => x, [x], { step: 0 }),
      ].map(async (check) => (await refusal(check)).message),
    );
    expect(messages).toEqual([
      expect.stringContaining("a result is float32[2]"),
      expect.stringContaining("two calls of the function at one point gave"),
      expect.stringContaining("must return tensors"),
      expect.stringContaining("entry 0 must be a tensor; received 1"),
      expect.stringContaining("takes a list of tensors; received float64[2]"),
      expect.stringContaining("takes a function of tensors; received 7"),
      expect.stringContaining('there is no option "eps"'),
      expect.stringContaining("there is no order 3"),
      expect.stringContaining("step must be a finite number ≥ 1e-12; received 0"),
    ]);
    expect(elements(x).length).toBe(2);
  });
});
