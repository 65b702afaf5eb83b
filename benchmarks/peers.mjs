// Who is measured. `module` exports load(variant) and build(loaded, workload); see measure.mjs.

export const peers = {
  chainrule: { title: "chainrule `wasm`", module: "./peers/chainrule.mjs", variant: "wasm" },
  "tfjs-wasm": { title: "tfjs `wasm`", module: "./peers/tfjs.mjs", variant: "wasm" },
  "tfjs-cpu": { title: "tfjs `cpu`", module: "./peers/tfjs.mjs", variant: "cpu" },
  "jax-wasm": { title: "jax-js `wasm`", module: "./peers/jax.mjs", variant: "wasm" },
};
