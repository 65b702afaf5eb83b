// Which part of which page shows what, by the file that it stands in; in reading order. Every file with a public export has
// a place here.

/** A part of a page: its title and the files whose exports it shows. */
export type Section = readonly [title: string, ...files: string[]];

export const functionSections: readonly Section[] = [
  ["Making tensors", "ops/leaf", "ops/compose/creation", "ops/random"],
  ["Tensors and state", "ir/tensor", "ir/state", "core/errors", "core/shape-types"],
  [
    "Arithmetic, comparison and logic",
    "ops/arithmetic",
    "ops/compose/elementwise",
    "ops/rounding",
    "ops/compose/classify",
    "ops/bits",
    "ops/cast",
  ],
  ["Powers, exponentials and logarithms", "ops/power", "ops/exponential", "ops/compose/special"],
  ["Trigonometry", "ops/trigonometric", "ops/hyperbolic"],
  ["Special functions", "ops/error-function", "ops/gamma", "ops/bessel"],
  ["Activations", "ops/compose/activation", "ops/compose/softmax", "ops/compose/gumbel"],
  [
    "Reductions and statistics",
    "ops/reduce",
    "ops/compose/statistics",
    "ops/compose/nan",
    "ops/compose/covariance",
    "ops/compose/counting",
  ],
  [
    "Running sums, differences and interpolation",
    "ops/compose/cumulative",
    "ops/compose/difference",
    "ops/compose/interpolate",
  ],
  [
    "Sorting, searching and sets",
    "ops/sort",
    "ops/compose/sorting",
    "ops/compose/search",
    "ops/compose/unique",
  ],
  [
    "Shapes and views",
    "ops/reshape",
    "ops/view",
    "ops/slice",
    "ops/window",
    "ops/compose/move",
    "ops/compose/repeat",
    "ops/compose/padding",
  ],
  ["Joining", "ops/concatenate", "ops/compose/join"],
  ["Diagonals and triangles", "ops/compose/diagonal"],
  [
    "Indexing",
    "ops/gather",
    "ops/compose/indexing",
    "ops/compose/general-indexing",
    "ops/compose/mask",
    "ops/compose/scatter-reduce",
  ],
  ["Products", "ops/contract", "ops/compose/linear", "ops/compose/einsum"],
  ["Distances", "ops/compose/distance"],
  ["Linear algebra", "ops/linalg/"],
  ["Complex numbers and Fourier transforms", "ops/compose/complex", "ops/compose/fourier"],
  ["Audio", "ops/audio/"],
  ["Convolution", "ops/compose/convolution", "ops/compose/columns"],
  ["Pooling", "ops/compose/pooling", "ops/compose/adaptive-pooling", "ops/compose/max-unpooling"],
  ["Resampling", "ops/compose/resampling"],
  ["Normalisation", "ops/compose/normalization"],
  ["Attention", "ops/compose/attention"],
  ["Differentiation", "autodiff/grad", "autodiff/", "ops/alias"],
  ["Compiling and running", "runtime/"],
  ["Training", "train/"],
  ["Metrics", "metrics/"],
];

export const dataSections: readonly Section[] = [
  ["Tokenisers and texts", "data/text/"],
  ["Augmentation", "data/augment/"],
  ["Reading files", "data/read/"],
  ["Known data sets", "data/digits", "data/mnist", "data/node-mnist", "data/node-download"],
  ["Data sets and pipelines", "data/"],
];

export const trainSections: readonly Section[] = [["Training", "train/", "report/"]];
export const formatSections: readonly Section[] = [["Formats", "formats/"]];
export const inspectSections: readonly Section[] = [
  ["Steps as data", "inspect/trace/"],
  ["Diagnosis, debugging and profiles", "inspect/", "runtime/"],
];

export const layerSections: readonly Section[] = [
  ["Linear layers", "nn/linear", "nn/bilinear"],
  ["Convolution", "nn/conv", "nn/conv-transpose"],
  ["Pooling", "nn/pool", "nn/adaptive-pool"],
  ["Resampling, padding and shape", "nn/resample", "nn/pad", "nn/flatten"],
  ["Normalisation", "nn/batch-norm", "nn/norm", "nn/instance-norm"],
  ["Activations", "nn/activations", "nn/hard-activations"],
  ["Dropout and noise", "nn/dropout", "nn/noise"],
  ["Augmentation", "nn/augment/"],
  ["Embedding", "nn/embedding", "nn/embedding-bag"],
  ["Recurrent layers", "nn/gru", "nn/lstm", "nn/cells"],
  [
    "Attention and Transformers",
    "nn/attention",
    "nn/attention-cache",
    "nn/transformer",
    "nn/transformer-layers",
  ],
  ["Positions", "nn/positions", "nn/rotary"],
  ["Containers and weight transforms", "nn/containers", "nn/spectral-norm", "nn/weight-norm"],
  ["Models", "nn/walk", "nn/state", "nn/summary", "nn/torch-names"],
  ["Parameters and initial values", "nn/layer", "nn/init"],
];

export const lossSections: readonly Section[] = [
  ["Classes", "losses/cross-entropy", "losses/focal", "losses/ctc"],
  ["Probabilities and logits", "losses/logistic", "losses/divergence"],
  ["Margins", "losses/margin"],
  ["Regression", "losses/regression"],
  ["Embeddings", "losses/embedding"],
  ["Overlap", "losses/overlap"],
];

export const optimizerSections: readonly Section[] = [
  [
    "Optimizers",
    "optim/sgd",
    "optim/adam",
    "optim/nadam",
    "optim/radam",
    "optim/adamax",
    "optim/adagrad",
    "optim/adadelta",
    "optim/rmsprop",
    "optim/rprop",
    "optim/asgd",
    "optim/lion",
    "optim/lamb",
    "optim/adafactor",
    "optim/muon",
    "optim/lbfgs",
    "optim/lookahead",
  ],
  [
    "Schedules",
    "optim/schedules",
    "optim/schedule-joins",
    "optim/one-cycle",
    "optim/plateau",
    "optim/find-learning-rate",
  ],
  ["Gradients and averages", "optim/clip", "optim/accumulator", "optim/average", "optim/rules"],
  ["Minimising a function", "optim/minimize"],
  ["Optimizers of your own", "optim/optimizer", "optim/moments"],
];
