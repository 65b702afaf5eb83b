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
export * as audio from "./ops/audio/index.ts";
export {
  broadcastTensors,
  linspace,
  logspace,
  meshgrid,
  trilIndices,
  triuIndices,
} from "./ops/compose/creation.ts";
export { blockDiag } from "./ops/compose/diagonal.ts";
export { einsum } from "./ops/compose/einsum.ts";
export { cartesianProd, columnStack, dstack, hstack, vstack } from "./ops/compose/join.ts";
export { concatenate, stack } from "./ops/concatenate.ts";
export { arange, eye, full, iota, ones, type TensorData, tensor, zeros } from "./ops/leaf.ts";
export type { Operand } from "./ops/operand.ts";
export { Generator, random, seed } from "./ops/random.ts";

import "./ops/methods.ts";

export { checkpoint } from "./autodiff/checkpoint.ts";
export { customJvp } from "./autodiff/custom.ts";
export { jvp, linearize } from "./autodiff/forward.ts";
export { grad, gradients, valueAndGrad, vjp } from "./autodiff/grad.ts";
// --- differentiation ---
export { gradcheck } from "./autodiff/gradcheck.ts";
export { backward, Gradients } from "./autodiff/gradients.ts";
export {
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianForward,
  jacobianReverse,
} from "./autodiff/jacobian.ts";
export { type ScanOptions, scan } from "./autodiff/loop.ts";
export { type VmapOptions, vmap } from "./autodiff/vmap.ts";

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
