// The benchmark workloads are those of the record: their sizes are known, and the first losses of this library are those
// that PyTorch 2.13 gave on the same weights and batches.

import { beforeAll, describe, expect, it } from "vitest";
import * as library from "../src/index.ts";

interface Workload {
  readonly flops: number;
  readonly parameters: Readonly<Record<string, { readonly data: Float32Array }>>;
  readonly batches: readonly unknown[];
}

interface Peer {
  step(k: number): void;
  loss(): number | Promise<number>;
}

interface Benchmarks {
  makeWorkload(id: string, changes?: object): Workload;
  build(loaded: { readonly library: typeof library }, workload: Workload): Peer;
  peersNamed(text?: string): string[];
}

const folder = new URL("../benchmarks/", import.meta.url);
let benchmarks: Benchmarks;

beforeAll(async () => {
  const files = ["workloads.mjs", "peers/chainrule.mjs", "peers.mjs"];
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  benchmarks = Object.assign({}, ...modules) as Benchmarks;
  library.setTarget("wasm");
});

/** Parameters, and MFLOP of the matrix products of a step. */
const sizes: Readonly<Record<string, readonly [number, number]>> = {
  W1: [7_960, 1.02],
  W2: [109_386, 29.08],
  W3: [225_034, 985.4],
  W4: [111_361, 1310.2],
  W5: [818_176, 5285.61],
  W6: [25_175_040, 36_507.22],
  W7: [13, 4.2e-5],
};

const losses: Readonly<Record<string, readonly number[]>> = {
  W1: [2.26183, 2.31871, 2.29926, 2.26348, 2.25446, 2.22847, 2.20681, 2.20876, 2.07729, 2.13148],
  W2: [2.4136, 2.35523, 2.32043, 2.3419, 2.32742, 2.26372, 2.29659, 2.28924, 2.24579, 2.18357],
  W3: [2.31871, 2.29156, 2.30554, 2.30548, 2.24118, 2.25649],
  W4: [4.17534, 4.16737, 4.15917, 4.15112],
  W5: [4.19511, 3.73605, 3.36851, 3.19266],
  W7: [0.11157, 0.561, 0.4364, 0.22909, 0.17689, 0.4714, 0.34556, 0.30526, 0.22097, 0.41929],
};

describe("workloads", () => {
  it.each(Object.keys(sizes))("%s has the parameters and the work of the record", (id) => {
    const { parameters, flops } = benchmarks.makeWorkload(id);
    const count = Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);
    const [expected, megaflops] = sizes[id];
    expect(count).toBe(expected);
    expect(flops / 1e6 / megaflops).toBeCloseTo(1, 2);
  });

  it.each(Object.entries(losses))(
    "%s gives the losses of PyTorch",
    async (id, expected) => {
      const workload = benchmarks.makeWorkload(id);
      const peer = benchmarks.build({ library }, workload);
      for (const [k, loss] of expected.entries()) {
        peer.step(k % workload.batches.length);
        expect(Math.abs((await peer.loss()) / loss - 1)).toBeLessThan(5e-4);
      }
    },
    60_000,
  );
});

describe("peers", () => {
  it("are chosen by name or family, this library always among them", () => {
    expect(benchmarks.peersNamed("jax-2t,tfjs")).toEqual([
      "chainrule-wasm",
      "chainrule-native",
      "chainrule-repeat",
      "tfjs-wasm",
      "tfjs-patched",
      "jax-2t",
    ]);
    expect(benchmarks.peersNamed("chainrule-wasm")).toEqual(["chainrule-wasm"]);
    expect(benchmarks.peersNamed()).not.toContain("tfjs-cpu");
    expect(() => benchmarks.peersNamed("theano")).toThrow("no peer is named theano");
  });
});
