// The public surface, in reading order.

export type { DType, HostArray } from "./core/dtype.ts";
export { ChainruleError, type ErrorCode } from "./core/errors.ts";
export type { HostTensor } from "./core/host.ts";
export type { Shape } from "./core/shape.ts";
export { Parameter, State } from "./ir/state.ts";
// --- tensors ---
export { type NestedNumbers, Tensor } from "./ir/tensor.ts";
export { customVjp } from "./ops/alias.ts";
export * from "./ops/all.ts";
export { einsum } from "./ops/compose/einsum.ts";
export { concatenate, stack } from "./ops/concatenate.ts";
export { arange, eye, full, iota, ones, type TensorData, tensor, zeros } from "./ops/leaf.ts";
export type { Operand } from "./ops/operand.ts";
export { Generator, random, seed } from "./ops/random.ts";

import "./ops/methods.ts";

export { grad, gradients, valueAndGrad } from "./autodiff/grad.ts";
// --- differentiation ---
export { backward, Gradients } from "./autodiff/gradients.ts";

// --- running ---
export { type Compiled, type CompileOptions, compile, fixed } from "./runtime/compile.ts";
export { type MemoryReport, memory } from "./runtime/memory.ts";
export { currentTarget, setTarget, targets, threads } from "./runtime/target.ts";

import "./runtime/install.ts";

export * as data from "./data/index.ts";
export * as losses from "./losses/index.ts";
export * as metrics from "./metrics/index.ts";
// --- networks ---
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export { fit } from "./train/fit.ts";
