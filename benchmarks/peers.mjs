// Who is measured. A JavaScript peer's `module` exports load(variant) and build(loaded, workload); a Python peer's is
// the name of its file. `only`: the workloads it can run. `like`: not the same mathematics, so losses are not compared.
// `named`: measured only when asked for by name, because it takes minutes.

const chainrule = { library: "chainrule", module: "./peers/chainrule.mjs" };
const tfjs = { library: "tfjs", module: "./peers/tfjs.mjs" };
const jax = { library: "jax-js", module: "./peers/jax.mjs" };
const relaxed = ["--experimental-wasm-relaxed-simd"];
const relaxedFlag = process.versions.node.startsWith("20.") ? relaxed : [];
const torch = { library: "pytorch", python: "torch_peer" };
const numpy = { library: "numpy", python: "numpy_peer", only: ["W1", "W2", "W6", "W7"] };
const threads = (n) => ({ OMP_NUM_THREADS: n, OPENBLAS_NUM_THREADS: n, MKL_NUM_THREADS: n });

export const peers = {
  "chainrule-wasm": {
    ...chainrule,
    variant: "wasm",
    env: { CHAINRULE_BLAS: "off", CHAINRULE_NATIVE: "off" },
  },
  "chainrule-native": { ...chainrule, variant: "native", env: { CHAINRULE_NATIVE: "on" } },
  "chainrule-repeat": {
    ...chainrule,
    module: "./peers/chainrule-repeat.mjs",
    variant: "wasm, repeat(1000)",
    only: ["W7"],
    like: true,
    env: { CHAINRULE_BLAS: "off", CHAINRULE_NATIVE: "off" },
  },
  "tfjs-wasm": { ...tfjs, variant: "wasm", only: ["W1", "W2", "W6", "W7"] },
  "tfjs-patched": { ...tfjs, variant: "wasm-patched", only: ["W3", "W4", "W5"] },
  "tfjs-cpu": { ...tfjs, variant: "cpu", named: true },
  "jax-1t": { ...jax, variant: "wasm-1t" },
  "jax-1t-fma": { ...jax, variant: "wasm-1t-fma", flags: relaxedFlag, named: true },
  "jax-2t": { ...jax, variant: "wasm-2t", flags: relaxedFlag },
  "torch-1t": { ...torch, variant: "1t", env: threads("1") },
  "torch-2t": { ...torch, variant: "2t", env: threads("2") },
  "numpy-1t": { ...numpy, variant: "1t", env: threads("1") },
  "numpy-2t": { ...numpy, variant: "2t", env: threads("2") },
  brain: { library: "brain.js", module: "./peers/brain.mjs", variant: "1.6", only: ["W7"] },
  synaptic: {
    library: "synaptic",
    module: "./peers/synaptic.mjs",
    variant: "1.1",
    only: ["W7"],
    like: true,
  },
  convnetjs: {
    library: "convnetjs",
    module: "./peers/convnet.mjs",
    variant: "0.3",
    only: ["W2", "W7"],
  },
};

/** The peers that a list such as `tfjs,jax-2t` names, by name or by its first part; this library always. */
export function peersNamed(text) {
  const names = Object.keys(peers);
  if (text === undefined) return names.filter((name) => !peers[name].named);
  const wanted = text.split(",");
  const unknown = wanted.find((part) => !names.some((name) => isNamed(name, part)));
  if (unknown !== undefined) {
    throw new Error(`no peer is named ${unknown}; there are ${names.join(", ")}`);
  }
  const own = wanted.some((part) => part.startsWith("chainrule")) ? [] : ["chainrule"];
  return names.filter((name) => [...own, ...wanted].some((part) => isNamed(name, part)));
}

function isNamed(name, part) {
  return name === part || (name.startsWith(`${part}-`) && !peers[name].named);
}
