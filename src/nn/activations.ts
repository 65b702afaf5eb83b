// Activations as layers, for use in containers; each calls the function of the same name.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Rectifier, `max(x, 0)`. Shape: `[...] → [...]`. */
export class ReLU {
  forward(x: Tensor): Tensor {
    return inRegion(this, "ReLU", () => x.relu());
  }
}

/** `x > 0 ? x : slope·x`. Shape: `[...] → [...]`. */
export class LeakyReLU {
  readonly slope: number;

  constructor(slope = 0.01) {
    this.slope = slope;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LeakyReLU ${this.slope}`, () => x.leakyRelu(this.slope));
  }
}

/** `x > 0 ? x : alpha·(eˣ − 1)`. Shape: `[...] → [...]`. */
export class ELU {
  readonly alpha: number;

  constructor(alpha = 1) {
    this.alpha = alpha;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `ELU ${this.alpha}`, () => x.elu(this.alpha));
  }
}

/** Self-normalising unit, `1.0507·(x > 0 ? x : 1.6733·(eˣ − 1))` (Klambauer et al. 2017). Shape: `[...] → [...]`. */
export class SELU {
  forward(x: Tensor): Tensor {
    return inRegion(this, "SELU", () => x.selu());
  }
}

/** Logistic function, `1 / (1 + e⁻ˣ)`. Shape: `[...] → [...]`. */
export class Sigmoid {
  forward(x: Tensor): Tensor {
    return inRegion(this, "Sigmoid", () => x.sigmoid());
  }
}

/** Hyperbolic tangent. Shape: `[...] → [...]`. */
export class Tanh {
  forward(x: Tensor): Tensor {
    return inRegion(this, "Tanh", () => x.tanh());
  }
}

/** `eˣ / Σ eˣ` along an axis. Losses such as crossEntropy take logits and need no softmax. Shape: `[...] → [...]`. */
export class Softmax {
  readonly axis: number;

  constructor(axis = -1) {
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "Softmax", () => x.softmax(this.axis));
  }
}

/** `x − log Σ eˣ` along an axis. Shape: `[...] → [...]`. */
export class LogSoftmax {
  readonly axis: number;

  constructor(axis = -1) {
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "LogSoftmax", () => x.logSoftmax(this.axis));
  }
}

/** `x·Φ(x)` with the normal distribution Φ, or its tanh approximation (Hendrycks & Gimpel 2016). Shape: `[...] → [...]`. */
export class GELU {
  readonly approximate: "none" | "tanh";

  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    this.approximate = options.approximate ?? "none";
  }

  forward(x: Tensor): Tensor {
    const { approximate } = this;
    return inRegion(this, "GELU", () => x.gelu({ approximate }));
  }
}

/** `x·σ(x)`, also known as swish. Shape: `[...] → [...]`. */
export class SiLU {
  forward(x: Tensor): Tensor {
    return inRegion(this, "SiLU", () => x.silu());
  }
}

/** `log(1 + e^{βx}) / β`, but x where `βx > threshold`. Shape: `[...] → [...]`. */
export class Softplus {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: { readonly beta?: number; readonly threshold?: number } = {}) {
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }

  forward(x: Tensor): Tensor {
    const { beta, threshold } = this;
    return inRegion(this, "Softplus", () => x.softplus({ beta, threshold }));
  }
}

/** `x / (1 + |x|)`. Shape: `[...] → [...]`. */
export class Softsign {
  forward(x: Tensor): Tensor {
    return inRegion(this, "Softsign", () => x.softsign());
  }
}

/** `x·tanh(log(1 + eˣ))` (Misra 2019). Shape: `[...] → [...]`. */
export class Mish {
  forward(x: Tensor): Tensor {
    return inRegion(this, "Mish", () => x.mish());
  }
}
