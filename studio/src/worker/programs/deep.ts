// Many layers of one width, to see what becomes of a gradient on the way down: with sigmoids it vanishes, with large
// weights it explodes, with normalisation or residual connections it arrives. Clipping shortens what is too long.

import { type Gradients, losses, nn, optim, random, seed, type Tensor, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

const width = 8;

const activations = {
  none: (x: Tensor) => x,
  sigmoid: (x: Tensor) => x.sigmoid(),
  tanh: (x: Tensor) => x.tanh(),
  relu: (x: Tensor) => x.relu(),
} as const;

/** What a block does around its linear map. */
type Variant = "plain" | "batchNorm" | "residual";

/** One layer: linear, then what the settings say. */
class Block {
  readonly linear = new nn.Linear(width, width);
  readonly norm: nn.BatchNorm1d | undefined;
  readonly activation: keyof typeof activations;
  readonly residual: boolean;

  constructor(activation: keyof typeof activations, variant: Variant, gain: number) {
    this.activation = activation;
    this.residual = variant === "residual";
    this.norm = variant === "batchNorm" ? new nn.BatchNorm1d(width) : undefined;
    this.linear.weight.set(this.linear.weight.dataSync().map((w) => w * gain));
  }

  forward(x: Tensor): Tensor {
    const z = this.linear.forward(x);
    const h = this.norm === undefined ? z : this.norm.forward(z, { training: true });
    const y = activations[this.activation](h);
    return this.residual ? x.add(y) : y;
  }
}

export function deep(settings: Settings): Program {
  const { depth = 10, activation = "sigmoid", variant = "plain", gain = 1 } = settings;
  const { learningRate = 0.1, clip = "off" } = settings;
  seed(1);
  const makeBlock = (): Block =>
    new Block(activation as keyof typeof activations, variant as Variant, Number(gain));
  const blocks = Array.from({ length: Number(depth) }, makeBlock);
  const model = { blocks, output: new nn.Linear(width, 1) };
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  const x = drawn([16, width]);
  const t = drawn([16, 1]);
  return programOf(
    model,
    optimizer,
    (inputs, targets) => {
      const hidden = model.blocks.reduce((h, block) => block.forward(h), inputs);
      const loss = losses.meanSquaredError(model.output.forward(hidden), targets);
      optimizer.step(clip === "off" ? loss.backward() : clipped(loss.backward(), Number(clip)));
      return loss;
    },
    { x, t },
  );
}

/** Gradients shortened together to a norm of at most `limit`. */
function clipped(gradients: Gradients, limit: number): Gradients {
  return optim.clipByGlobalNorm(gradients, limit).gradients;
}

function drawn(shape: number[]): Tensor {
  return tensor(random.normal(shape).dataSync(), { shape });
}
