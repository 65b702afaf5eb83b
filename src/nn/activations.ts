// Activations as layers, for use in containers; each calls the function of the same name.

import { ChainruleError } from "../core/errors.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkAxes, checkNumbers } from "./layer.ts";

/** Rectifier, `max(x, 0)`. Shape: `[...] → [...]`. */
export class ReLU {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "ReLU", () => x.relu());
  }
}

/** `x > 0 ? x : slope·x`. Shape: `[...] → [...]`. */
export class LeakyReLU {
  declare readonly maps?: KeepsShape;
  readonly slope: number;

  constructor(slope = 0.01) {
    checkNumbers("LeakyReLU", { slope });
    this.slope = slope;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LeakyReLU ${this.slope}`, () => x.leakyRelu(this.slope));
  }
}

/** `x > 0 ? x : alpha·(eˣ − 1)`. Shape: `[...] → [...]`. */
export class ELU {
  declare readonly maps?: KeepsShape;
  readonly alpha: number;

  constructor(alpha = 1) {
    checkNumbers("ELU", { alpha });
    this.alpha = alpha;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `ELU ${this.alpha}`, () => x.elu(this.alpha));
  }
}

/** ELU with a continuous derivative, `x > 0 ? x : alpha·(e^{x/alpha} − 1)` (Barron 2017). Shape: `[...] → [...]`. */
export class CELU {
  declare readonly maps?: KeepsShape;
  readonly alpha: number;

  constructor(alpha = 1) {
    checkNumbers("CELU", { alpha }, { above: 0 });
    this.alpha = alpha;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `CELU ${this.alpha}`, () => x.celu(this.alpha));
  }
}

/** Self-normalising unit, `1.0507·(x > 0 ? x : 1.6733·(eˣ − 1))` (Klambauer et al. 2017). Shape: `[...] → [...]`. */
export class SELU {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "SELU", () => x.selu());
  }
}

/** Logistic function, `1 / (1 + e⁻ˣ)`. Shape: `[...] → [...]`. */
export class Sigmoid {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Sigmoid", () => x.sigmoid());
  }
}

/** Logarithm of the logistic function, `−log(1 + e⁻ˣ)`. Shape: `[...] → [...]`. */
export class LogSigmoid {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "LogSigmoid", () => x.logSigmoid());
  }
}

/** Gated linear unit: the first half along an axis times the sigmoid of the second (Dauphin et al. 2017). Shape: `[..., 2n] → [..., n]`. */
export class GLU {
  readonly axis: number;

  constructor(axis = -1) {
    checkAxes("GLU", { axis });
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "GLU", () => x.glu(this.axis));
  }
}

/** Hyperbolic tangent. Shape: `[...] → [...]`. */
export class Tanh {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Tanh", () => x.tanh());
  }
}

/** `eˣ / Σ eˣ` along an axis. Losses such as crossEntropy take logits and need no softmax. Shape: `[...] → [...]`. */
export class Softmax {
  declare readonly maps?: KeepsShape;
  readonly axis: number;

  constructor(axis = -1) {
    checkAxes("Softmax", { axis });
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "Softmax", () => x.softmax(this.axis));
  }
}

/** `x − log Σ eˣ` along an axis. Shape: `[...] → [...]`. */
export class LogSoftmax {
  declare readonly maps?: KeepsShape;
  readonly axis: number;

  constructor(axis = -1) {
    checkAxes("LogSoftmax", { axis });
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "LogSoftmax", () => x.logSoftmax(this.axis));
  }
}

/** `e⁻ˣ / Σ e⁻ˣ` along an axis. Shape: `[...] → [...]`. */
export class Softmin {
  declare readonly maps?: KeepsShape;
  readonly axis: number;

  constructor(axis = -1) {
    checkAxes("Softmin", { axis });
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "Softmin", () => x.neg().softmax(this.axis));
  }
}

/** `x·Φ(x)` with the normal distribution Φ, or its tanh approximation (Hendrycks & Gimpel 2016). Shape: `[...] → [...]`. */
export class GELU {
  declare readonly maps?: KeepsShape;
  readonly approximate: "none" | "tanh";

  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    checkOptions("GELU", options, { approximate: true });
    this.approximate = options.approximate ?? "none";
    if (!["none", "tanh"].includes(this.approximate)) throw unknownForm(this.approximate);
  }

  forward(x: Tensor): Tensor {
    const { approximate } = this;
    return inRegion(this, "GELU", () => x.gelu({ approximate }));
  }
}

/** `x·σ(x)`, also known as swish. Shape: `[...] → [...]`. */
export class SiLU {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "SiLU", () => x.silu());
  }
}

/** `log(1 + e^{βx}) / β`, but x where `βx > threshold`. Shape: `[...] → [...]`. */
export class Softplus {
  declare readonly maps?: KeepsShape;
  readonly beta: number;
  readonly threshold: number;

  constructor(options: { readonly beta?: number; readonly threshold?: number } = {}) {
    checkOptions("Softplus", options, { beta: true, threshold: true });
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
    checkNumbers("Softplus", { beta: this.beta }, { above: 0 });
    checkNumbers("Softplus", { threshold: this.threshold });
  }

  forward(x: Tensor): Tensor {
    const { beta, threshold } = this;
    return inRegion(this, "Softplus", () => x.softplus({ beta, threshold }));
  }
}

/** `x / (1 + |x|)`. Shape: `[...] → [...]`. */
export class Softsign {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Softsign", () => x.softsign());
  }
}

/** `x·tanh(log(1 + eˣ))` (Misra 2019). Shape: `[...] → [...]`. */
export class Mish {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    return inRegion(this, "Mish", () => x.mish());
  }
}

function unknownForm(approximate: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "GELU",
    problem: `there is no approximation ${JSON.stringify(approximate)}`,
    fix: 'Use "none" for the exact function or "tanh".',
    detail: { approximate },
  });
}
