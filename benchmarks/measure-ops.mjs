// The ops themselves, in one process: node measure-ops.mjs [part of a name,…]. Operands and results are state, so that
// nothing is copied in or out; where `repeat` exists, one call makes many runs, so that calls cost nothing.

import { load } from "./peers/chainrule.mjs";

const { library } = await load();
const only = (process.argv[2] ?? "").split(",");
const rows = cases()
  .filter(({ name }) => only.some((part) => name.includes(part)))
  .map(({ make, ...facts }) => ({ ...facts, milliseconds: timeOf(make()) }));
console.log(`\n${JSON.stringify(rows)}`);
process.exit(0);

/** What is measured: `make` gives a function that assigns a result, to be compiled; plus what one run of it moves. */
function cases() {
  return [...products(), ...elementwise(), ...rowwise(), ...convolutions()];
}

/** m, n, k of `[m, k] × [k, n]`, as in LIMITS.md, and how the operands lie in memory. */
function products() {
  const shapes = [
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [64, 128, 784],
    [64, 784, 128],
    [784, 128, 64],
    [64, 10, 128],
    [32, 10, 784],
    [16, 6400, 152],
    [6, 36864, 24],
    [152, 6400, 16],
  ];
  const layouts = { "A B": [false, false], "Aᵀ B": [true, false], "A Bᵀ": [false, true] };
  return shapes.flatMap(([m, n, k]) =>
    Object.entries(layouts).map(([layout, [left, right]]) => ({
      name: `product ${m}×${n}×${k} ${layout}`,
      flops: 2 * m * n * k,
      make() {
        const a = state(left ? [k, m] : [m, k]);
        const b = state(right ? [n, k] : [k, n]);
        const c = state([m, n]);
        return () => c.assign((left ? a.transpose() : a).matmul(right ? b.transpose() : b));
      },
    })),
  );
}

function elementwise() {
  const sizes = { "16 KiB": 4096, "512 KiB": 131_072, "4 MiB": 1_048_576 };
  const functions = {
    "relu(a x + b)": (x) => x.mul(1.5).add(0.25).relu(),
    exp: (x) => x.exp(),
    tanh: (x) => x.tanh(),
    sigmoid: (x) => x.sigmoid(),
    "gelu (tanh)": (x) => x.gelu({ approximate: "tanh" }),
  };
  return Object.entries(functions).flatMap(([name, f]) =>
    Object.entries(sizes).map(([size, elements]) => ({
      name: `${name} ${size}`,
      elements,
      bytes: 8 * elements,
      make() {
        const x = state([elements]);
        const y = state([elements]);
        return () => y.assign(f(x));
      },
    })),
  );
}

/** Along the last axis, as in W5; forward, and forward with backward. */
function rowwise() {
  const { nn, gradients, Parameter } = library;
  const norm = new nn.LayerNorm(128);
  const functions = {
    "softmax 4096×64": [[4096, 64], (x) => x.softmax(-1)],
    "layer norm 1024×128": [[1024, 128], (x) => norm.forward(x)],
  };
  return Object.entries(functions).flatMap(([name, [shape, f]]) => {
    const elements = shape[0] * shape[1];
    const forward = () => {
      const x = state(shape);
      const y = state(shape);
      return () => y.assign(f(x));
    };
    const backward = () => {
      const x = new Parameter(values(shape), shape, "float32");
      const g = state(shape);
      const y = state(shape);
      return () => y.assign(gradients(f(x), [x], { cotangent: g })[0]);
    };
    return [
      { name: `${name} forward`, elements, bytes: 8 * elements, make: forward },
      { name: `${name} gradient`, elements, bytes: 12 * elements, make: backward },
    ];
  });
}

/** The two convolutions of W3, batch 64: forward, gradient of the weight, gradient of the input. */
function convolutions() {
  const { gradients } = library;
  const layers = { "1→32 28×28": [1, 32, 28], "32→64 13×13": [32, 64, 13] };
  return Object.entries(layers).flatMap(([name, [inputs, outputs, side]]) => {
    const layer = new library.nn.Conv2d(inputs, outputs, 3);
    const out = side - 2;
    const flops = 2 * 64 * out * out * 9 * inputs * outputs;
    const x = new library.Parameter(
      values([64, inputs, side, side]),
      [64, inputs, side, side],
      "float32",
    );
    const g = state([64, outputs, out, out]);
    const gradientOf = (wanted) => () => {
      const result = state(wanted.shape);
      return () => result.assign(gradients(layer.forward(x), [wanted], { cotangent: g })[0]);
    };
    const forward = () => {
      const y = state([64, outputs, out, out]);
      return () => y.assign(layer.forward(x));
    };
    return [
      { name: `conv ${name} forward`, flops, make: forward },
      { name: `conv ${name} weight gradient`, flops, make: gradientOf(layer.weight) },
      { name: `conv ${name} input gradient`, flops, make: gradientOf(x) },
    ];
  });
}

function values(shape) {
  const data = new Float32Array(shape.reduce((n, m) => n * m, 1));
  for (let k = 0; k < data.length; k++) data[k] = ((k * 37) % 101) / 101 - 0.5;
  return data;
}

function state(shape) {
  return new library.State(values(shape), shape, "float32");
}

/** Milliseconds of one run: the best of many short blocks, after the engine has optimised the kernels. */
function timeOf(body) {
  const { run, runsPerCall } = repeated(body);
  const once = warmUp(run);
  const calls = Math.max(1, Math.round(4 / once));
  const end = performance.now() + 300;
  let fastest = Number.POSITIVE_INFINITY;
  do {
    const start = performance.now();
    for (let k = 0; k < calls; k++) run();
    fastest = Math.min(fastest, (performance.now() - start) / calls);
  } while (performance.now() < end);
  return fastest / runsPerCall;
}

/** The compiled function; many runs in one call where one is shorter than 0.1 ms. */
function repeated(body) {
  const run = library.compile(() => {
    body();
  });
  const once = warmUp(run);
  if (once > 0.1 || typeof run.repeat !== "function") return { run, runsPerCall: 1 };
  const runsPerCall = Math.ceil(0.2 / once);
  return { run: run.repeat(runsPerCall), runsPerCall };
}

/** Milliseconds of one call at the end of 150 ms. */
function warmUp(run) {
  const end = performance.now() + 150;
  let start;
  do {
    start = performance.now();
    run();
  } while (performance.now() < end);
  return performance.now() - start;
}
