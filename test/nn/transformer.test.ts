// Transformers: values against PyTorch 2.13 for other shapes and orders than the golden cases', names of parameters, modes,
// sampling, training, and what they refuse.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  Generator,
  losses,
  nn,
  optim,
  random,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
  zeros,
} from "../../src/index.ts";
import { expectDerivatives } from "../losses/derivatives.ts";
import { failure } from "./failure.ts";
import { expectValues, fill, filled } from "./torch.ts";

beforeEach(() => seed(3));

const dtype = "float64";
const attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
const pair = (name: string): string[] => [`${name}.weight`, `${name}.bias`];
const within = (path: string, names: readonly string[]): string[] =>
  names.map((name) => `${path}.${name}`);
const encoderNames = [
  ...within("self_attn", attention),
  ...["linear1", "linear2", "norm1", "norm2"].flatMap(pair),
];
const decoderNames = [
  ...within("self_attn", attention),
  ...within("multihead_attn", attention),
  ...["linear1", "linear2", "norm1", "norm2", "norm3"].flatMap(pair),
];

const x = filled([2, 3, 4], 0.3);
const memory = filled([2, 4, 4], 0.9);
const keyMask = tensor([
  [true, true, false],
  [true, true, true],
]);
const memoryKeyMask = tensor([
  [true, true, true, false],
  [true, false, true, true],
]);
const options = { dimFeedforward: 3, dropout: 0, dtype } as const;

describe.each(targets)("Transformers on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("give what PyTorch gives: an encoder layer, pre-norm, gelu, causal, with padding", () => {
    const own = { ...options, activation: "gelu", normFirst: true } as const;
    const layer = fill(
      new nn.TransformerEncoderLayer(4, 2, { ...own, causal: true }),
      encoderNames,
    );
    expectValues(
      layer.forward(x, { keyMask }),
      [
        0.81969653, 0.58320064, -0.25918474, -0.52720158, 1.08366628, 0.4765061, -0.4209008,
        -0.34763824, 1.236519, 0.28711909, -0.47509353, -0.13836536, 1.29349806, 0.12435041,
        -0.3212307, 0.14533021, 1.15900069, -0.08212027, -0.1343975, 0.31309717, 0.92817979,
        -0.19742965, 0.10705734, 0.36102059,
      ],
    );
    const bare = new nn.TransformerEncoderLayer(4, 2, { ...own, bias: false });
    fill(
      bare,
      encoderNames.filter((name) => !name.endsWith("bias")),
    );
    expectValues(
      bare.forward(x),
      [
        0.15066049, 0.48334346, -0.23546645, -0.36621446, 0.37702255, 0.31300077, -0.42620421,
        -0.16278508, 0.50303794, 0.06331751, -0.49914566, 0.09256074, 0.50111577, -0.22652402,
        -0.48489794, 0.27090705, 0.36377967, -0.43445551, -0.30128199, 0.43246674, 0.13031257,
        -0.53406409, -0.04543337, 0.47498396,
      ],
    );
  });

  it("give what PyTorch gives: a decoder layer, post-norm, with padding in the memory", () => {
    const layer = new nn.TransformerDecoderLayer(4, 2, { ...options, causal: true });
    fill(layer, decoderNames);
    expectValues(
      layer.forward(x, memory, { memoryKeyMask }),
      [
        -0.57617815, 0.40697574, 0.95427023, -0.37424536, -0.59096932, 0.38956, 0.89549028,
        -0.36626297, -0.59219213, 0.3484561, 0.71909426, -0.35532259, -0.55387537, 0.32823922,
        0.63301561, -0.35426524, -0.55374666, 0.33184166, 0.65613759, -0.35439395, -0.54518901,
        0.34103967, 0.71808275, -0.3553364,
      ],
    );
  });

  it("give what PyTorch gives: a stack with its norm", () => {
    const stack = new nn.TransformerEncoder(4, 2, 2, { ...options, norm: true });
    const names = [0, 1].flatMap((k) => within(`layers.${k}`, encoderNames));
    fill(stack, [...names, ...pair("norm")]);
    expectValues(
      stack.forward(x, { keyMask }),
      [
        0.46621306, 1.03257426, -0.43986234, -0.12811969, 0.46566407, 1.03582382, -0.440003,
        -0.11987511, 0.46745547, 1.02549522, -0.44917863, -0.07212448, 0.47544898, 0.92528531,
        -0.47746013, -0.00918587, 0.47883037, 0.85178532, -0.49021293, -0.00657285, 0.47934724,
        0.84051765, -0.49178863, -0.00908997,
      ],
    );
  });

  it("give what PyTorch gives: encoder and decoder together", () => {
    const own = { ...options, encoderLayers: 1, decoderLayers: 1, causal: true };
    const model = new nn.Transformer(4, 2, own);
    fill(model, [
      ...within("encoder.layers.0", encoderNames),
      ...pair("encoder.norm"),
      ...within("decoder.layers.0", decoderNames),
      ...pair("decoder.norm"),
    ]);
    const masks = { sourceKeyMask: memoryKeyMask, memoryKeyMask };
    expectValues(
      model.forward(memory, x, masks),
      [
        0.23071977, -0.55687643, 0.52167925, 0.49658389, 0.23112619, -0.55634362, 0.52528819,
        0.49935148, 0.23210417, -0.55613372, 0.52673804, 0.50013398, 0.23618047, -0.55644828,
        0.52489333, 0.49693137, 0.24092965, -0.55711747, 0.52044765, 0.49143793, 0.25125454,
        -0.55910273, 0.50508576, 0.47572961,
      ],
    );
  });

  it("have their derivatives, twice", () => {
    const own = { ...options, activation: "gelu", dropout: 0.2 } as const;
    const layer = new nn.TransformerDecoderLayer(4, 2, own);
    const weights = filled([2, 3, 4], 9);
    const f = (u: Tensor): Tensor => {
      const context = { training: true, generator: new Generator(5), keyMask, memoryKeyMask };
      return layer.forward(u, memory, context).mul(weights).sum();
    };
    expectDerivatives(f, [...x.dataSync()], [...x.shape]);
  });

  it("sample with caches what they give for the whole", () => {
    const stack = new nn.TransformerEncoder(4, 2, 2, { ...options, causal: true, normFirst: true });
    const caches = stack.caches(2, 3);
    const step = compile((u: Tensor) => stack.forward(u, { caches }));
    const whole = stack.forward(x);
    for (let t = 0; t < 3; t++) {
      const range = [null, { start: t, end: t + 1 }];
      expectValues(step(x.slice(range)), [...whole.slice(range).dataSync()]);
    }
    const decoder = new nn.TransformerDecoder(4, 2, 1, { ...options, causal: true });
    const own = { caches: decoder.caches(2, 3), memoryKeyMask };
    const head = decoder.forward(x.slice([null, { end: 2 }]), memory, own);
    const all = decoder.forward(x, memory, { memoryKeyMask });
    expectValues(head, [...all.slice([null, { end: 2 }]).dataSync()]);
  });

  it("learn to give a sequence back in reverse", () => {
    const model = new nn.Transformer(8, 2, {
      encoderLayers: 1,
      decoderLayers: 1,
      dimFeedforward: 16,
      dropout: 0,
    });
    const positions = new nn.LearnedPositions(4, 8);
    const parts = { model, positions };
    const optimizer = new optim.Adam(parts, { learningRate: 0.01 });
    const sequence = random.normal([16, 4, 8]);
    const step = compile((u: Tensor) => {
      const start = positions.forward(zeros([16, 4, 8]));
      const y = model.forward(positions.forward(u), start, { training: true });
      const loss = losses.meanSquaredError(y, u.flip(1));
      optimizer.step(loss.backward());
      return loss;
    });
    const first = step(sequence).itemSync();
    for (let k = 0; k < 60; k++) step(sequence);
    expect(step(sequence).itemSync()).toBeLessThan(first / 3);
  });
});

describe("a Transformer's modes and names", () => {
  it("drop in training alone", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, dtype });
    const plain = new nn.TransformerEncoderLayer(4, 2, { ...options, dimFeedforward: 8 });
    const state = [...nn.parameters(layer)].map(([path, p]) => {
      return [path, { dtype, shape: p.shape, data: p.dataSync() }] as const;
    });
    nn.loadState(plain, new Map(state) as never);
    expectValues(layer.forward(x), [...plain.forward(x).dataSync()]);
    const trained = layer.forward(x, { training: true });
    expect(trained.sub(layer.forward(x)).abs().max().itemSync()).toBeGreaterThan(1e-3);
  });

  it("take any function, and close a pre-norm stack with a norm", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { ...options, activation: (u) => u.silu() });
    expect(layer.forward(x).shape).toEqual([2, 3, 4]);
    expect(new nn.TransformerEncoder(4, 2, 1, { ...options, normFirst: true }).norm).not.toBeNull();
    expect(new nn.TransformerEncoder(4, 2, 1, options).norm).toBeNull();
  });

  it("are PyTorch's, in camelCase", () => {
    const paths = [...nn.parameters(new nn.TransformerDecoderLayer(4, 2, options)).keys()];
    expect(paths.slice(0, 9)).toEqual([
      "selfAttn.inProjWeight",
      "selfAttn.inProjBias",
      "selfAttn.outProj.weight",
      "selfAttn.outProj.bias",
      "multiheadAttn.inProjWeight",
      "multiheadAttn.inProjBias",
      "multiheadAttn.outProj.weight",
      "multiheadAttn.outProj.bias",
      "linear1.weight",
    ]);
    expect(nn.torchPath("encoder.layers.0.self_attn.in_proj_bias")).toBe(
      "encoder.layers.0.selfAttn.inProjBias",
    );
    expect(nn.torchPath("rnn.weight_hr_l1_reverse")).toBe("rnn.reverseLayers.1.weightProjection");
    expect(nn.torchPath("bn.running_var")).toBe("bn.runningVariance");
  });
});

describe("what does not fit a Transformer", () => {
  it("are sizes, functions, memories and masks", () => {
    const makers: readonly (() => unknown)[] = [
      () => new nn.TransformerEncoderLayer(4, 3),
      () => new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 0 }),
      () => new nn.TransformerEncoderLayer(4, 2, { dropout: 2 }),
      () => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as never }),
      () => new nn.TransformerDecoderLayer(4.5, 2),
      () => new nn.TransformerEncoder(4, 2, 0),
      () => new nn.TransformerDecoder(4, 2, -1),
      () => new nn.Transformer(4, 2, { encoderLayers: 0 }),
    ];
    for (const make of makers) expect(failure(make).code).toBe("BAD_ARGUMENT");
    const named = nn.named({ decoder: new nn.TransformerDecoderLayer(4, 2, options) });
    const other = failure(() => named.decoder.forward(x, zeros([3, 4, 4], dtype)));
    expect(other.message).toContain("expected a memory [batch, time, features]");
    expect(other.message).toContain("model.decoder (TransformerDecoderLayer 4, 2 heads, 3)");
    const wide = failure(() => named.decoder.forward(x, zeros([2, 4, 5], dtype)));
    expect(wide.message).toContain("model.decoder.multiheadAttn");
    const stack = new nn.TransformerEncoder(4, 2, 2, { ...options, causal: true });
    const caches = stack.caches(2, 3).slice(1);
    expect(failure(() => stack.forward(x, { caches })).message).toContain("2 layers need as many");
    const masked = failure(() =>
      named.decoder.forward(x, memory, { memoryKeyMask: keyMask.flip(1) }),
    );
    expect(masked.message).toContain("keyMask is bool[2, 4]");
    expect(failure(() => new nn.TransformerEncoderLayer(4, 2).forward(zeros([3, 4]))).code).toBe(
      "SHAPE_MISMATCH",
    );
  });
});
