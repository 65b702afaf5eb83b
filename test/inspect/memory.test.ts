// The memory report: owners by path and line, arenas by function, and what came between two reports.

import { afterEach, expect, it } from "vitest";
import {
  compile,
  currentTarget,
  memory,
  nn,
  optim,
  setTarget,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { debug } from "../../src/inspect/index.ts";

const target = currentTarget();
afterEach(() => {
  debug({ nan: "off" });
  setTarget(target);
});

it("names state by its path and line, and arenas by the function", () => {
  setTarget("wasm");
  const before = memory();
  debug({ nan: "warn" });
  const model = nn.named(new nn.Sequential(new nn.Linear(317, 211), new nn.Tanh()), "leaky");
  const optimizer = new optim.Adam(model);
  nn.named(model, "leaky");
  const greedy = compile((x: Tensor) => {
    const loss = model.forward(x).exp().mean();
    optimizer.step(loss.backward());
    return loss;
  });
  greedy(tensor(new Float32Array(317 * 64), { shape: [64, 317] }));
  const now = memory();
  const weight = now.owners.find(({ name }) => name === "leaky.layers.0.weight");
  expect(weight).toMatchObject({
    kind: "parameter",
    type: "float32[211, 317]",
    count: 1,
    bytes: 4 * 211 * 317,
    place: expect.stringMatching(/^memory\.test\.ts:\d+$/),
  });
  expect(now.plans.map(({ name }) => name)).toContain("function");
  const grown = now.since(before);
  const moments = grown.owners.filter(
    ({ kind, type }) => kind === "state" && type === "float32[211, 317]",
  );
  expect(moments.map(({ count, bytes }) => [count, bytes])).toEqual([[2, 2 * 4 * 211 * 317]]);
  expect(grown.slotBytes).toBeGreaterThanOrEqual(3 * 4 * 211 * 317);
  expect(String(now)).toMatch(/^wasm: state .*, arena .*, in all .*MB\n/);
  expect(String(grown)).toMatch(
    /^since then: state .*\n(?:.*\n)*? {2}parameter 267\.5 kB {2}leaky\.layers\.0\.weight float32\[211, 317\], made at memory\.test\.ts:\d+/,
  );
  expect(memory().since(memory()).owners).toEqual([]);
});

it("has no owners where state is ordinary arrays", () => {
  setTarget("reference");
  expect(memory()).toMatchObject({ target: "reference", slotBytes: 0, owners: [], plans: [] });
});
