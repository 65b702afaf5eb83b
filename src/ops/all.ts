// All functions that are also methods of Tensor, by the name of the method; the receiver is the first argument.

export { detach, stopGradient } from "./alias.ts";
export {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  sub,
  where,
} from "./arithmetic.ts";
export { shiftRight } from "./bits.ts";
export { cast } from "./cast.ts";
export {
  celu,
  elu,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  tanhShrink,
  threshold,
} from "./compose/activation.ts";
export { scaledDotProductAttention } from "./compose/attention.ts";
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d } from "./compose/convolution.ts";
export { cumProd, cumSum, logCumSumExp } from "./compose/cumulative.ts";
export {
  addcmul,
  clamp,
  hypot,
  isFiniteNumber as isFinite,
  isNotANumber as isNaN,
  lerp,
  logAddExp,
  maskedFill,
} from "./compose/elementwise.ts";
export {
  diag,
  indexAdd,
  indexSelect,
  oneHot,
  takeAlong,
  trace,
  tril,
  triu,
} from "./compose/indexing.ts";
export { addmm, bmm, dot, kron, outer } from "./compose/linear.ts";
export {
  chunk,
  expand,
  moveAxis,
  repeat,
  repeatInterleave,
  roll,
  select,
  split,
  tile,
  transpose,
  unbind,
} from "./compose/move.ts";
export { pad } from "./compose/padding.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  globalAvgPool,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndex,
} from "./compose/pooling.ts";
export { logSoftmax, logSumExp, softmax } from "./compose/softmax.ts";
export {
  all,
  any,
  maxWithIndex,
  minWithIndex,
  norm,
  prod,
  std,
  variance,
} from "./compose/statistics.ts";
export { contract, matmul } from "./contract.ts";
export { erf, erfc } from "./error-function.ts";
export { exp, exp2, expm1, log, log1p, log2, log10 } from "./exponential.ts";
export { gather, scatterAdd, take } from "./gather.ts";
export { acosh, asinh, atanh, cosh, sigmoid, sinh, tanh } from "./hyperbolic.ts";
export { pow, reciprocal, rsqrt, sqrt, square } from "./power.ts";
export { argMax, argMin, max, mean, min, sum } from "./reduce.ts";
export { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
export { abs, ceil, floor, fmod, relu, remainder, round, sign, trunc } from "./rounding.ts";
export { acos, asin, atan, atan2, cos, sin, tan } from "./trigonometric.ts";
export { broadcastTo, flip, permute, slice } from "./view.ts";
export { unfold } from "./window.ts";
