// Debug modes: where a NaN or an infinity is born, and what compiled functions have captured.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type ChainruleError,
  compile,
  losses,
  nn,
  optim,
  Parameter,
  scan,
  seed,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { debug } from "../../src/inspect/index.ts";
import { currentObserver } from "../../src/runtime/observer.ts";
import { onTargets } from "../runtime/on-targets.ts";

afterEach(() => {
  debug({ nan: "off", constants: false });
  vi.restoreAllMocks();
});

/** The lines of this file. */
const source = readFileSync(new URL(import.meta.url), "utf8").split("\n");

/** What a call that must throw throws. */
function thrown(call: () => unknown): ChainruleError {
  try {
    call();
  } catch (error) {
    return error as ChainruleError;
  }
  throw new Error("nothing was thrown");
}

/** Takes the logarithm of what its linear layer gives. */
class Logarithm {
  readonly inner = new nn.Linear(2, 3, { init: nn.init.ones, biasInit: nn.init.zeros });
  forward(x: Tensor): Tensor {
    return this.inner.forward(x).log();
  }
}

onTargets("debug({ nan })", () => {
  it("names the op, the element, the range of its inputs and the line, of what is read", () => {
    debug({ nan: "throw" });
    const x = tensor([
      [1, 2, 3],
      [4, -5, 6],
    ]);
    const error = thrown(() => x.mul(2).log().sum().dataSync());
    expect(error.code).toBe("NON_FINITE");
    expect(error.message).toMatch(
      /^log: gives NaN: 1 of 6 elements of float32\[2, 3\], the first at \[1, 1\]; its input is float32\[2, 3\] from -10 to 12 \(there -10\)\. .*At debug\.test\.ts:\d+\.$/,
    );
    expect(error.detail).toMatchObject({ op: "log", backward: false, element: 4, count: 1 });
  });

  it("names the layer, in compiled steps too, and puts state back", () => {
    seed(1);
    const model = nn.named(new nn.Sequential(new Logarithm(), new nn.Linear(3, 1)));
    const optimizer = new optim.Adam(model);
    const step = compile((x: Tensor) => {
      const loss = model.forward(x).sum();
      optimizer.step(loss.backward());
      return loss;
    });
    step(tensor([[1, 2]]));
    const { weight } = model.layers[1] as nn.Linear;
    const before = weight.dataSync();
    debug({ nan: "throw" }); // the step was recorded before: it is recorded again
    const error = thrown(() => step(tensor([[1, -2]])));
    expect(error.message).toMatch(
      /^log: gives NaN: .* In model \(Sequential of 2\), at debug\.test\.ts:\d+\.$/,
    );
    expect(weight.dataSync()).toEqual(before);
    expect(step(tensor([[1, 2]])).itemSync()).toSatisfy(Number.isFinite);
  });

  it("finds what is born in the backward pass, with the forward op", () => {
    debug({ nan: "throw" });
    const w = new Parameter(Float32Array.of(0, 4), [2], "float32");
    const step = compile(() => {
      const loss = w.sqrt().sum();
      w.assign(w.sub([...loss.backward()][0][1]));
      return loss;
    });
    const error = thrown(() => step());
    expect(error.message).toMatch(/gives Infinity in the gradient of sqrt float32\[2\]: 1 of 2/);
    expect(error.detail).toMatchObject({ backward: true, of: "sqrt" });
    expect([...w.dataSync()]).toEqual([0, 4]);
  });

  it("follows an overflow to where it began, and lets −∞ of masks be", () => {
    debug({ nan: "throw" });
    const x = tensor([0, 100]);
    expect(thrown(() => x.exp().div(x.exp().sum()).dataSync()).detail).toMatchObject({
      op: "exp",
      element: 1,
    });
    const hidden = tensor([
      [1, 0],
      [0, 0],
    ])
      .greater(0)
      .where(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        Number.NEGATIVE_INFINITY,
      );
    const error = thrown(() =>
      hidden
        .sub(hidden.max({ axis: 1, keepDims: true }))
        .exp()
        .sum()
        .dataSync(),
    );
    expect(error.detail).toMatchObject({ op: "sub", element: 2 });
    expect([...hidden.slice([0]).softmax(0).dataSync()]).toEqual([1, 0]);
  });

  it("says when the data or a parameter were spoiled before", () => {
    debug({ nan: "throw" });
    const model = nn.named(new nn.Linear(2, 1));
    const step = compile((x: Tensor) => model.forward(x));
    expect(thrown(() => step(tensor([[1, Number.NaN]]))).message).toMatch(
      /a value from outside, float32\[1, 2\], is NaN at \[0, 1\] before anything is computed/,
    );
    model.weight.set([Number.NaN, 1]);
    expect(thrown(() => step(tensor([[1, 2]]))).message).toMatch(
      /model\.weight.* is NaN at \[0, 0\]/,
    );
  });

  it("looks at each step of a repeated call", () => {
    debug({ nan: "throw" });
    const w = new Parameter(Float32Array.of(2), [], "float32");
    const step = compile(() => {
      w.assign(w.sub(1));
      return w.log();
    });
    expect(thrown(() => step.repeat(5)()).detail).toMatchObject({ op: "log", count: 1 });
    expect(w.itemSync()).toBe(1); // as before the step that failed
  });
});

/** Takes logarithms turn by turn, of what gets smaller by 1 each time. */
class Countdown {
  readonly step = new Parameter(Float32Array.of(1), [], "float32");
  forward(x: Tensor): Tensor {
    const turn = (left: Tensor, y: Tensor): [Tensor, Tensor] => [
      left.sub(this.step),
      left.log().add(y),
    ];
    return scan(turn, tensor(2.5), x)[1] as Tensor;
  }
}

onTargets("debug({ nan }) in loops", () => {
  const x = tensor([1, 2, 3, 4, 5]);

  it("names the op in the body, its layer, the line and the turn", () => {
    debug({ nan: "throw" });
    const model = nn.named(new nn.Sequential(new Countdown()));
    const step = compile((x: Tensor) => model.forward(x).sum());
    const error = thrown(() => step(x));
    expect(error.message).toMatch(
      /^log: gives NaN in turn 4 of 5 of a scan: 1 of 1 elements of float32\[\], .* input is float32\[\] from -0\.5 to -0\.5 .* In model \(Sequential of 1\), at debug\.test\.ts:\d+\.$/,
    );
    expect(error.detail).toMatchObject({ op: "log", backward: false, turns: [3] });
    const line = Number(/ts:(\d+)\.$/.exec(error.message)![1]);
    expect(source[line - 1]).toContain("left.log()");
  });

  it("names the forward op of what is born in the backward loop", () => {
    debug({ nan: "throw" });
    const w = new Parameter(Float32Array.of(2), [], "float32");
    const step = compile(() => {
      // The root of 0 in the third turn has a value, and its derivative none.
      const [, roots] = scan((left: Tensor) => [left.sub(w.mul(0.5)), left.sqrt()], w, null, {
        length: 3,
      });
      w.assign(w.sub([...(roots as Tensor).sum().backward()][0][1]));
    });
    const error = thrown(() => step());
    expect(error.message).toMatch(
      /gives Infinity in the gradient of sqrt float32\[\] in turn 1 of 3 of a scan/,
    );
    expect(error.detail).toMatchObject({ backward: true, of: "sqrt" });
    const line = Number(/ts:(\d+)\.$/.exec(error.message)![1]);
    expect(source[line - 1]).toContain("left.sqrt()");
    expect(w.itemSync()).toBe(2);
  });

  it("goes into loops of loops, and tells equal bodies apart by their lines", () => {
    debug({ nan: "throw" });
    const inner = (x: Tensor): Tensor =>
      scan((c: Tensor) => [c.mul(c), c], x, null, { length: 3 })[0] as Tensor;
    const outer = compile((x: Tensor) =>
      scan((c: Tensor) => [inner(c), c], x, null, { length: 4 }),
    );
    const nested = thrown(() => outer(tensor(1e3)));
    expect(nested.message).toMatch(/^mul: gives Infinity in turn 2 of 4 of a scan in turn 1 of 3 /);
    const two = compile((x: Tensor) => {
      const [a] = scan((c: Tensor) => [c.sub(1).log(), c], x, null, { length: 1 });
      const [b] = scan((c: Tensor) => [c.sub(1).log(), c], a as Tensor, null, { length: 1 }); // here
      return b as Tensor;
    });
    const second = thrown(() => two(tensor(2.5)));
    const line = Number(/ts:(\d+)\.$/.exec(second.message)![1]);
    expect(source[line - 1]).toContain("// here");
  });

  it("lets a carry begin at −∞, as a running maximum does", () => {
    debug({ nan: "throw" });
    const start = tensor(Number.NEGATIVE_INFINITY);
    const running = (given: (m: Tensor, y: Tensor) => Tensor) =>
      compile((x: Tensor) => scan((m: Tensor, y: Tensor) => [m.maximum(y), given(m, y)], start, x));
    const [largest] = running((m, y) => m.maximum(y))(x);
    expect(largest.itemSync()).toBe(5);
    const spoiled = running((m) => m.sub(m));
    expect(thrown(() => spoiled(x)).detail).toMatchObject({ op: "sub", turns: [0] });
  });
});

describe("debug", () => {
  it("warns where it is asked to, and is free of observers when off", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const restore = debug({ nonFinite: "warn" });
    expect(tensor([-1]).sqrt().dataSync()[0]).toBeNaN();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^chainrule: sqrt: gives NaN/)]]);
    restore();
    expect(currentObserver()).toBeUndefined();
    tensor([-2]).sqrt().dataSync();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("lists what a compiled function captured", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    debug({ constants: true });
    const scale = tensor([1, 2]);
    const scaled = compile((x: Tensor) => x.mul(scale), { name: "scaled" });
    scaled(tensor([3, 4]));
    expect(warn.mock.calls[0][0]).toMatch(
      /scaled was recorded with these values from outside.*\n {2}float32\[2\] \[1, 2\], made at debug\.test\.ts:\d+/,
    );
  });

  it("does not change results", async () => {
    const run = (): readonly number[] => {
      seed(5);
      const model = new nn.Sequential(
        new nn.Linear(4, 8),
        new nn.Dropout(0.5),
        new nn.Linear(8, 2),
      );
      const optimizer = new optim.Adam(model);
      const step = compile((x: Tensor) => {
        const loss = losses.meanSquaredError(
          model.forward(x, { training: true }),
          x.slice([{}, { end: 2 }]),
        );
        optimizer.step(loss.backward());
        return loss;
      });
      return [1, 2, 3].map((k) => step(tensor([[k, 1, 2, 3]])).itemSync());
    };
    const plain = run();
    debug({ nan: "throw" });
    expect(run()).toEqual(plain);
  });

  it("refuses other modes and options", () => {
    expect(() => debug({ nan: "loud" as never })).toThrow(/there is no mode "loud"/);
    expect(() => debug({ shape: true } as never)).toThrow(/no option "shape"/);
    expect(() => debug(true as never)).toThrow(/takes options/);
  });
});
