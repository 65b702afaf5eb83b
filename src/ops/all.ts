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
export { i0, i1 } from "./bessel.ts";
export {
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  copySign,
  shiftRight,
} from "./bits.ts";
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
  rrelu,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  tanhShrink,
  threshold,
} from "./compose/activation.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool1dWithIndex,
  adaptiveMaxPool2d,
  adaptiveMaxPool2dWithIndex,
  adaptiveMaxPool3d,
} from "./compose/adaptive-pooling.ts";
export { scaledDotProductAttention } from "./compose/attention.ts";
export {
  allClose,
  isClose,
  isFiniteNumber as isFinite,
  isInf,
  isNegInf,
  isNotANumber as isNaN,
  isPosInf,
  nanToNum,
  signBit,
} from "./compose/classify.ts";
export { col2im, im2col } from "./compose/columns.ts";
export {
  complex,
  complexAbs,
  complexMul,
  complexSquare,
  conjugate,
  imaginaryPart,
  realPart,
} from "./compose/complex.ts";
export {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./compose/convolution.ts";
export { bincount, countNonzero, histogram } from "./compose/counting.ts";
export { average, corrcoef, cov } from "./compose/covariance.ts";
export { fullLike, onesLike, vander, zerosLike } from "./compose/creation.ts";
export { cumMax, cumMin, cumProd, cumSum, logCumSumExp } from "./compose/cumulative.ts";
export { diag, diagEmbed, diagonal, fillDiagonal, trace, tril, triu } from "./compose/diagonal.ts";
export { cumulativeTrapezoid, diff, trapezoid } from "./compose/difference.ts";
export { cdist, cosineSimilarity, pairwiseDistance } from "./compose/distance.ts";
export {
  addcdiv,
  addcmul,
  clamp,
  clampMax,
  clampMin,
  deg2rad,
  floatPower,
  floorDivide,
  fmax,
  fmin,
  frac,
  heaviside,
  ldexp,
  lerp,
  maskedFill,
  rad2deg,
  rsub,
} from "./compose/elementwise.ts";
export { fft, fft2, ifft, ifft2, irfft, rfft } from "./compose/fourier.ts";
export { index, indexPut } from "./compose/general-indexing.ts";
export { gumbelSoftmax } from "./compose/gumbel.ts";
export {
  indexAdd,
  indexCopy,
  indexFill,
  indexSelect,
  oneHot,
  takeAlong,
  unravelIndex,
} from "./compose/indexing.ts";
export { interp, polyval } from "./compose/interpolate.ts";
export {
  addmm,
  baddbmm,
  bmm,
  cross,
  dot,
  inner,
  kron,
  outer,
  tensordot,
} from "./compose/linear.ts";
export { maskedScatter, maskedSelect, nonzero } from "./compose/mask.ts";
export { maxUnpool1d, maxUnpool2d, maxUnpool3d } from "./compose/max-unpooling.ts";
export {
  chunk,
  fliplr,
  flipud,
  moveAxis,
  narrow,
  roll,
  rot90,
  select,
  split,
  tensorSplit,
  transpose,
  unbind,
  unflatten,
} from "./compose/move.ts";
export { nanMax, nanMean, nanMin, nanSum, nanVar } from "./compose/nan.ts";
export {
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  normalize,
  rmsNorm,
} from "./compose/normalization.ts";
export { pad } from "./compose/padding.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  globalMaxPool,
  lpPool1d,
  lpPool2d,
  maxPool1d,
  maxPool1dWithIndex,
  maxPool2d,
  maxPool2dWithIndex,
  maxPool3d,
  maxPool3dWithIndex,
} from "./compose/pooling.ts";
export { expand, repeat, repeatInterleave, tile } from "./compose/repeat.ts";
export { pixelShuffle, pixelUnshuffle, upsample } from "./compose/resampling.ts";
export { scatterReduce } from "./compose/scatter-reduce.ts";
export { bucketize, searchSorted } from "./compose/search.ts";
export { logSoftmax, logSumExp, softmax, softmin } from "./compose/softmax.ts";
export { kthValue, median, medianWithIndex, quantile, sort, topK } from "./compose/sorting.ts";
export {
  entr,
  hypot,
  logAddExp,
  logAddExp2,
  logit,
  ndtr,
  sinc,
  xlog1py,
  xlogy,
} from "./compose/special.ts";
export {
  all,
  aminmax,
  any,
  dist,
  maxWithIndex,
  minWithIndex,
  norm,
  prod,
  std,
  stdMean,
  variance,
  varMean,
} from "./compose/statistics.ts";
export { isIn, unique } from "./compose/unique.ts";
export { contract, matmul } from "./contract.ts";
export { erf, erfc, erfinv } from "./error-function.ts";
export { exp, exp2, expm1, log, log1p, log2, log10 } from "./exponential.ts";
export { digamma, lgamma, polygamma } from "./gamma.ts";
export { gather, scatter, scatterAdd, take } from "./gather.ts";
export { acosh, asinh, atanh, cosh, sigmoid, sinh, tanh } from "./hyperbolic.ts";
export { cholesky } from "./linalg/cholesky.ts";
export { det, slogdet } from "./linalg/determinant.ts";
export { eigh } from "./linalg/eigh.ts";
export { lstsq, matrixNorm, matrixPower, matrixRank } from "./linalg/matrix.ts";
export { pinv } from "./linalg/pinv.ts";
export { qr } from "./linalg/qr.ts";
export { inverse, solve } from "./linalg/solve.ts";
export { svd } from "./linalg/svd.ts";
export { triangularSolve } from "./linalg/triangular-solve.ts";
export { cbrt, pow, reciprocal, rsqrt, sqrt, square } from "./power.ts";
export { argMax, argMin, max, mean, min, sum } from "./reduce.ts";
export { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
export { abs, ceil, floor, fmod, relu, remainder, round, sign, trunc } from "./rounding.ts";
export { slice } from "./slice.ts";
export { argSort } from "./sort.ts";
export { acos, asin, atan, atan2, cos, sin, tan } from "./trigonometric.ts";
export { broadcastTo, flip, permute } from "./view.ts";
export { unfold } from "./window.ts";
