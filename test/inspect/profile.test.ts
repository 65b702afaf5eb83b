// The profile of a step: kernels with their layers, arithmetic and time, and the same as a trace. No test asks how long.

import { afterEach, describe, expect, it } from "vitest";
import {
  compile,
  currentTarget,
  losses,
  nn,
  optim,
  random,
  seed,
  setTarget,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { profile } from "../../src/inspect/index.ts";
import { namedState } from "../../src/nn/walk.ts";

const target = currentTarget();
afterEach(() => setTarget(target));

function setup() {
  setTarget("wasm");
  seed(1);
  const model = nn.named(
    new nn.Sequential(
      new nn.Linear(20, 30),
      new nn.Dropout(0.5),
      new nn.ReLU(),
      new nn.Linear(30, 4),
    ),
  );
  const optimizer = new optim.Adam(model);
  const body = (x: Tensor, y: Tensor): { loss: Tensor } => {
    const loss = losses.crossEntropy(model.forward(x, { training: true }), y);
    optimizer.step(loss.backward());
    return { loss };
  };
  const x = tensor(
    Float32Array.from({ length: 160 }, (_, k) => Math.sin(k)),
    { shape: [8, 20] },
  );
  const y = tensor([0, 1, 2, 3, 0, 1, 2, 3], { dtype: "int32" });
  return { model, optimizer, body, inputs: [x, y] };
}

describe("profile", () => {
  it("gives each kernel with its layer, direction, arithmetic and bytes", () => {
    const { body, inputs } = setup();
    const found = profile(compile(body), inputs, { steps: 3, warmup: 1 });
    const first = found.rows.filter(({ layer }) => layer === "model.layers.0 (Linear 20→30)");
    const product = first.find(
      ({ kernel, backward }) => /gemm|contract/.test(kernel) && !backward,
    )!;
    expect(product).toMatchObject({ calls: 3, flops: 2 * 8 * 20 * 30 });
    expect(product.bytes).toBe(4 * (8 * 20 + 20 * 30 + 8 * 30));
    expect(first.some(({ backward }) => backward)).toBe(true);
    const layers = found.byLayer().map(({ layer }) => layer);
    expect(layers).toEqual(
      expect.arrayContaining(["model.layers.3 (Linear 30→4)", "crossEntropy", "outside layers"]),
    );
    expect(found.byLayer().reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(found.kernelMilliseconds).toBeGreaterThan(0);
    expect(found.facts.profiledMilliseconds).toBeGreaterThan(found.kernelMilliseconds);
    expect(String(found)).toMatch(/^ +ms +share +GFLOP\/s +MB +kernel +layer\n/);
    expect(String(found)).toMatch(/\nkernels .* ms, step with clocks .* ms, step without .* ms/);
  });

  it("computes what the step computes, and puts state back", () => {
    for (const compiled of [true, false]) {
      const { body, inputs, model, optimizer } = setup();
      const seen: number[] = [];
      const run: typeof body = compiled ? compile(body) : body;
      const step = (...given: Tensor[]): void => {
        seen.push(run(given[0], given[1]).loss.itemSync());
      };
      const state = (): unknown => [
        random.state,
        [...namedState([model, optimizer])].map(([path, { slot }]) => [path, [...slot.fetch()]]),
      ];
      const before = state();
      profile(step, inputs, { steps: 2, warmup: 1 });
      expect(state()).toEqual(before);
      // One call to see the state, then three plain ones and three by kernels: all go on from each other.
      expect(seen).toHaveLength(7);
      const again = setup();
      const same = compile(again.body);
      const losses = seen.map(() => same(again.inputs[0], again.inputs[1]).loss.itemSync());
      if (compiled) expect(seen).toEqual(losses);
      for (const [k, loss] of seen.entries()) expect(loss).toBeCloseTo(losses[k], 5);
    }
  });

  it("gives a trace for Chrome, layers around their kernels", () => {
    const { body, inputs } = setup();
    const found = profile(compile(body), inputs, { steps: 1, warmup: 0 });
    const { traceEvents } = JSON.parse(JSON.stringify(found.chromeTrace())) as ReturnType<
      typeof found.chromeTrace
    >;
    const layers = traceEvents.filter(({ cat }) => cat === "layer");
    const kernels = traceEvents.filter(({ cat }) => cat !== "layer");
    expect(kernels).toHaveLength(found.events.length);
    const [lowest] = kernels;
    expect(lowest).toMatchObject({ ph: "X", ts: 0, pid: 1, tid: 1 });
    for (const { ts, dur, args } of kernels) {
      const around = layers.filter((one) => one.ts <= ts && ts + dur <= one.ts + one.dur + 1e-6);
      expect(around.map(({ name }) => name.replace(" ←", ""))).toContain(args.layer);
    }
  });

  it("refuses what it cannot measure", () => {
    const { body, inputs } = setup();
    expect(() => profile(7 as never, [])).toThrow(/takes a function and the list/);
    expect(() => profile(body, inputs, { step: 3 } as never)).toThrow(/no option "step"/);
    expect(() => profile(body, inputs, { steps: 0 })).toThrow(/steps/);
    setTarget("reference");
    expect(() => profile(body, inputs)).toThrow(/reference has no kernels to measure/);
  });
});
