// Multi-head attention beyond the plain case: masks of all kinds, other features of keys and values, fewer heads for them,
// rotary positions, dropout, the cache for sampling; and positions. Numbers are PyTorch 2.13's.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  Generator,
  gradients,
  nn,
  ones,
  random,
  scaledDotProductAttention,
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
const joint = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
const keyMask = tensor([
  [true, true, true, false],
  [true, false, true, true],
]);

describe.each(targets)(
  "MultiHeadAttention on {'mha out': '[0.30494534, 0.38253717, 0.90992581, 0.3025091, 0.31279433, 0.3920924, 0.9186914, 0.30819543, 0.31973783, 0.39989434, 0.92531386, 0.31190861, 0.03034829, 0.02316851, 0.55965442, 0.05282764, 0.01226167, -6.946e-05, 0.53733498, 0.03725668, -0.0044774, -0.02375136, 0.51289609, 0.01844435]', 'mha w': '[0.4809005, 0.25986626, 0.25923324, 0.0, 0.41748469, 0.22963998, 0.35287533, 0.0, 0.32423144, 0.21505823, 0.46071033, 0.0, 0.51989684, 0.25716177, 0.22294139, 0.0, 0.48735642, 0.22641058, 0.28623301, 0.0, 0.41037208, 0.2169294, 0.37269852, 0.0, 0.44772616, 0.0, 0.19217424, 0.3600996, 0.36848028, 0.0, 0.2272293, 0.40429042, 0.29323741, 0.0, 0.29033863, 0.41642397, 0.32749573, 0.0, 0.19778502, 0.47471925, 0.2553749, 0.0, 0.23033902, 0.51428608, 0.21036164, 0.0, 0.29270102, 0.49693734]', 'kdim out': '[0.2605585, -0.28148386, 0.14155, 0.07927525, -0.25479718, 0.2847105, 0.27725402, -0.25265316, 0.08366892, 0.13312948, -0.27384856, 0.25807176, -0.02553, 0.03765363, -0.02825939, 0.00271579, 0.0243798, -0.0375431, 0.01322201, -0.07234233, 0.09012128, -0.05639873, -0.00955392, 0.07004681]', 'kdim w avg': '[0.52674283, 0.47325717, 0.0, 0.46623808, 0.53376192, 0.0, 0.31209899, 0.37734854, 0.31055247, 0.34325408, 0.30049771, 0.35624821]', 'gqa': '[0.17215908, 0.10023274, 0.07244558, 0.04023524, 0.17866438, 0.10105638, 0.07273398, 0.04281025, -0.07791041, 0.02297445, -0.22445623, 0.06628788, -0.0753189, 0.0205089, -0.21780857, 0.06630464]', 'rope inter': '[0.1477601, 0.45464871, -0.26491807, -0.38638224, -0.0491636, 0.4647192, -0.43803477, -0.18350409, -0.25123898, 0.41950129, -0.50128591, 0.06492654]', 'rope half': '[0.1477601, 0.45464871, -0.26491807, -0.38638224, 0.56705106, 0.29423509, 0.06905232, -0.17618115, 0.25229724, 0.05236738, 0.64994844, 0.07600108]', 'enc pre gelu': '[0.81969653, 0.58320064, -0.25918474, -0.52720158, 1.08366628, 0.4765061, -0.4209008, -0.34763824, 1.236519, 0.28711909, -0.47509353, -0.13836536, 1.29349806, 0.12435041, -0.3212307, 0.14533021, 1.15900069, -0.08212027, -0.1343975, 0.31309717, 0.92817979, -0.19742965, 0.10705734, 0.36102059]', 'dec post': '[-0.57617815, 0.40697574, 0.95427023, -0.37424536, -0.59096932, 0.38956, 0.89549028, -0.36626297, -0.59219213, 0.3484561, 0.71909426, -0.35532259, -0.55387537, 0.32823922, 0.63301561, -0.35426524, -0.55374666, 0.33184166, 0.65613759, -0.35439395, -0.54518901, 0.34103967, 0.71808275, -0.3553364]', 'encoder': '[0.46621306, 1.03257426, -0.43986234, -0.12811969, 0.46566407, 1.03582382, -0.440003, -0.11987511, 0.46745547, 1.02549522, -0.44917863, -0.07212448, 0.47544898, 0.92528531, -0.47746013, -0.00918587, 0.47883037, 0.85178532, -0.49021293, -0.00657285, 0.47934724, 0.84051765, -0.49178863, -0.00908997]', 'transformer': '[0.23071977, -0.55687643, 0.52167925, 0.49658389, 0.23112619, -0.55634362, 0.52528819, 0.49935148, 0.23210417, -0.55613372, 0.52673804, 0.50013398, 0.23618047, -0.55644828, 0.52489333, 0.49693137, 0.24092965, -0.55711747, 0.52044765, 0.49143793, 0.25125454, -0.55910273, 0.50508576, 0.47572961]', 'enc nobias': '[0.15066049, 0.48334346, -0.23546645, -0.36621446, 0.37702255, 0.31300077, -0.42620421, -0.16278508, 0.50303794, 0.06331751, -0.49914566, 0.09256074, 0.50111577, -0.22652402, -0.48489794, 0.27090705, 0.36377967, -0.43445551, -0.30128199, 0.43246674, 0.13031257, -0.53406409, -0.04543337, 0.47498396]'}",
  (target) => {
    beforeAll(() => setTarget(target));

    it("gives what PyTorch gives with an additive mask and a key mask together", () => {
      const layer = fill(new nn.MultiHeadAttention(4, 2, { dtype }), joint);
      const [q, k, v] = [filled([2, 3, 4], 0.3), filled([2, 4, 4], 0.5), filled([2, 4, 4], 0.7)];
      const mask = filled([3, 4], 2);
      const { output, probabilities } = layer.attend(q, k, v, { mask, keyMask });
      expectValues(
        output,
        [
          0.30494534, 0.38253717, 0.90992581, 0.3025091, 0.31279433, 0.3920924, 0.9186914,
          0.30819543, 0.31973783, 0.39989434, 0.92531386, 0.31190861, 0.03034829, 0.02316851,
          0.55965442, 0.05282764, 0.01226167, -6.946e-5, 0.53733498, 0.03725668, -0.0044774,
          -0.02375136, 0.51289609, 0.01844435,
        ],
      );
      expectValues(
        probabilities,
        [
          0.4809005, 0.25986626, 0.25923324, 0.0, 0.41748469, 0.22963998, 0.35287533, 0.0,
          0.32423144, 0.21505823, 0.46071033, 0.0, 0.51989684, 0.25716177, 0.22294139, 0.0,
          0.48735642, 0.22641058, 0.28623301, 0.0, 0.41037208, 0.2169294, 0.37269852, 0.0,
          0.44772616, 0.0, 0.19217424, 0.3600996, 0.36848028, 0.0, 0.2272293, 0.40429042,
          0.29323741, 0.0, 0.29033863, 0.41642397, 0.32749573, 0.0, 0.19778502, 0.47471925,
          0.2553749, 0.0, 0.23033902, 0.51428608, 0.21036164, 0.0, 0.29270102, 0.49693734,
        ],
      );
    });

    it("gives what PyTorch gives with kdim and vdim", () => {
      const options = { kdim: 2, vdim: 5, bias: false, dtype } as const;
      const names = ["q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"];
      const layer = fill(new nn.MultiHeadAttention(6, 3, options), names);
      const inputs = [
        filled([2, 2, 6], 0.3),
        filled([2, 3, 2], 0.5),
        filled([2, 3, 5], 0.7),
      ] as const;
      const seen = tensor([
        [true, true, false],
        [true, true, true],
      ]);
      const { output, probabilities } = layer.attend(...inputs, { keyMask: seen });
      expectValues(
        output,
        [
          0.2605585, -0.28148386, 0.14155, 0.07927525, -0.25479718, 0.2847105, 0.27725402,
          -0.25265316, 0.08366892, 0.13312948, -0.27384856, 0.25807176, -0.02553, 0.03765363,
          -0.02825939, 0.00271579, 0.0243798, -0.0375431, 0.01322201, -0.07234233, 0.09012128,
          -0.05639873, -0.00955392, 0.07004681,
        ],
      );
      expectValues(
        probabilities.mean({ axis: 1 }),
        [
          0.52674283, 0.47325717, 0.0, 0.46623808, 0.53376192, 0.0, 0.31209899, 0.37734854,
          0.31055247, 0.34325408, 0.30049771, 0.35624821,
        ],
      );
    });

    it("hides keys alike in attention to itself, packed or not", () => {
      const x = filled([2, 4, 4], 0.3);
      for (const options of [{}, { kvHeads: 1 }, { rotary: true }]) {
        const layer = new nn.MultiHeadAttention(4, 2, { ...options, causal: true, dtype });
        const context = { keyMask, mask: filled([4, 4], 1) };
        const { output } = layer.attend(x, x, x, context);
        expectValues(layer.forward(x, context), [...output.dataSync()]);
      }
    });

    it("groups queries: one head of keys for two of queries is that head twice", () => {
      const grouped = new nn.MultiHeadAttention(8, 4, { kvHeads: 2, dtype });
      expect(grouped.inProjWeight!.shape).toEqual([16, 8]);
      const plain = new nn.MultiHeadAttention(8, 4, { dtype });
      const [q, k, v] = grouped.inProjWeight!.split([8, 4, 4], 0);
      const twice = (w: Tensor): Tensor =>
        w.reshape([2, 2, 8]).repeatInterleave(2, 0).reshape([8, 8]);
      const rows = [q, twice(k), twice(v)].flatMap((part) => [...part.dataSync()]);
      plain.inProjWeight!.set(rows);
      plain.outProj.weight.set(grouped.outProj.weight.dataSync());
      const x = filled([2, 3, 8], 0.3);
      expectValues(grouped.forward(x), [...plain.forward(x).dataSync()]);
    });

    it("depends on distances alone with rotary positions", () => {
      const layer = new nn.MultiHeadAttention(8, 2, { rotary: { base: 100 }, dtype });
      const x = filled([1, 3, 8], 0.3);
      const late = concatenateZeros(x, 2);
      const keys = tensor([[false, false, true, true, true]]);
      const shifted = layer.forward(late, { keyMask: keys }).slice([null, { start: 2 }]);
      expectValues(shifted, [...layer.forward(x).dataSync()]);
      const unturned = new nn.MultiHeadAttention(8, 2, { dtype });
      nn.loadState(unturned, hostState(layer));
      expect(unturned.forward(x).sub(layer.forward(x)).abs().max().itemSync()).toBeGreaterThan(
        1e-4,
      );
    });

    it.each([
      ["packed with a mask and dropout", { causal: true, dropout: 0.3 }],
      [
        "grouped, rotary, with dropout",
        { kvHeads: 1, rotary: { interleaved: true }, dropout: 0.3 },
      ],
    ])("has its derivatives, twice: %s", (_, options) => {
      const layer = new nn.MultiHeadAttention(4, 2, { ...options, dtype });
      const weights = filled([2, 4, 4], 9);
      const f = (u: Tensor): Tensor => {
        const context = { training: true, generator: new Generator(5), keyMask };
        return layer.forward(u, context).mul(weights).sum();
      };
      const x = filled([2, 4, 4], 0.3);
      expectDerivatives(f, [...x.dataSync()], [...x.shape]);
    });

    it("drops probabilities in training alone, packed as apart", () => {
      const layer = new nn.MultiHeadAttention(4, 2, { dropout: 0.5, dtype });
      const x = filled([2, 4, 4], 0.3);
      const training = () => ({ training: true, generator: new Generator(7) });
      const { output, probabilities } = layer.attend(x, x, x, training());
      expectValues(layer.forward(x, training()), [...output.dataSync()]);
      const dropped = probabilities.dataSync().filter((p) => p === 0).length;
      expect(dropped).toBeGreaterThan(8);
      expect(dropped).toBeLessThan(56);
      const whole = layer.attend(x, x, x).probabilities;
      expectValues(whole.sum({ axis: 3 }), Array(16).fill(1));
      const twice = whole.mul(2).dataSync();
      for (const [k, p] of probabilities.dataSync().entries()) {
        if (p !== 0) expect(p).toBeCloseTo(twice[k], 12);
      }
    });
  },
);

/** `x` after `steps` steps of zeros. */
function concatenateZeros(x: Tensor, steps: number): Tensor {
  return x.pad([
    [0, 0],
    [steps, 0],
    [0, 0],
  ]);
}

function hostState(model: object): ReadonlyMap<string, Tensor & { data: Float64Array }> {
  const entries = [...nn.parameters(model)].map(([path, p]) => {
    return [path, { dtype: p.dtype, shape: p.shape, data: p.dataSync() }] as const;
  });
  return new Map(entries) as never;
}

describe.each(targets)("the cache on %s", (target) => {
  beforeAll(() => setTarget(target));
  const x = filled([2, 6, 8], 0.3);

  it.each([
    ["plain", {}],
    ["grouped and rotary", { kvHeads: 2, rotary: true }],
  ])("gives step by step what the whole gives: %s", (_, options) => {
    const layer = new nn.MultiHeadAttention(8, 4, { ...options, causal: true, dtype });
    const cache = layer.cache(2, 6);
    const whole = layer.forward(x);
    const parts = [2, 1, 3].map((_, k, sizes) => {
      const start = sizes.slice(0, k).reduce((a, b) => a + b, 0);
      const part = x.slice([null, { start, end: start + sizes[k] }]);
      return [layer.forward(part, { cache }), start, start + sizes[k]] as const;
    });
    for (const [part, start, end] of parts) {
      expectValues(part, [...whole.slice([null, { start, end }]).dataSync()]);
    }
    expect(cache.position.itemSync()).toBe(6);
    expect(layer.forward(x.slice([null, { end: 1 }]), { cache }).dataSync()[0]).toBeNaN();
    cache.reset();
    const again = layer.forward(x.slice([null, { end: 1 }]), { cache });
    expectValues(again, [...whole.slice([null, { end: 1 }]).dataSync()]);
  });

  it("is written by a compiled step, which serves every position", () => {
    const layer = new nn.MultiHeadAttention(8, 4, { causal: true, dtype });
    const cache = layer.cache(2, 6);
    const step = compile((u: Tensor) => layer.forward(u, { cache }));
    const whole = layer.forward(x);
    for (let t = 0; t < 6; t++) {
      const y = step(x.slice([null, { start: t, end: t + 1 }]));
      expectValues(y, [...whole.slice([null, { start: t, end: t + 1 }]).dataSync()]);
    }
  });
});

describe("scaledDotProductAttention", () => {
  it("gives what PyTorch gives with enable_gqa", () => {
    const [q, k, v] = [
      filled([1, 4, 2, 2], 0.3),
      filled([1, 2, 3, 2], 0.5),
      filled([1, 2, 3, 2], 0.7),
    ];
    expectValues(
      scaledDotProductAttention(q, k, v, { enableGqa: true }),
      [
        0.17215908, 0.10023274, 0.07244558, 0.04023524, 0.17866438, 0.10105638, 0.07273398,
        0.04281025, -0.07791041, 0.02297445, -0.22445623, 0.06628788, -0.0753189, 0.0205089,
        -0.21780857, 0.06630464,
      ],
    );
    const three = filled([1, 3, 3, 2], 0.5);
    const error = failure(() => scaledDotProductAttention(q, three, three, { enableGqa: true }));
    expect(error.message).toContain("3 heads of keys and values do not divide 4 heads of queries");
  });

  it("takes a triangle of a bool mask as PyTorch does, and refuses whole numbers", () => {
    const q = filled([1, 2, 3, 2], 0.3);
    const seen = ones([3, 3], "bool").tril();
    expect(seen.dtype).toBe("bool");
    expectValues(scaledDotProductAttention(q, q, q, { mask: seen }), [
      ...scaledDotProductAttention(q, q, q, { causal: true }).dataSync(),
    ]);
    const mask = seen.cast("int32");
    const error = failure(() => scaledDotProductAttention(q, q, q, { mask }));
    expect([error.code, error.message]).toEqual([
      "DTYPE_MISMATCH",
      expect.stringContaining("received int32[3, 3]"),
    ]);
  });
});

describe("positions", () => {
  it("turn pairs of features, neighbours or half apart", () => {
    const x = filled([1, 3, 1, 4], 0.3);
    expectValues(
      nn.rotary(x, { interleaved: true }),
      [
        0.1477601, 0.45464871, -0.26491807, -0.38638224, -0.0491636, 0.4647192, -0.43803477,
        -0.18350409, -0.25123898, 0.41950129, -0.50128591, 0.06492654,
      ],
    );
    expectValues(
      nn.rotary(x),
      [
        0.1477601, 0.45464871, -0.26491807, -0.38638224, 0.56705106, 0.29423509, 0.06905232,
        -0.17618115, 0.25229724, 0.05236738, 0.64994844, 0.07600108,
      ],
    );
    const [, , last] = x.unbind(1);
    const positions = tensor([2], { dtype: "int32" });
    expectValues(
      nn.rotary(last.unsqueeze(1), { positions }),
      [
        0.1477601, 0.45464871, -0.26491807, -0.38638224, 0.56705106, 0.29423509, 0.06905232,
        -0.17618115, 0.25229724, 0.05236738, 0.64994844, 0.07600108,
      ].slice(8),
    );
    const perSequence = tensor([[0], [2]], { dtype: "int32" });
    const both = nn.rotary(last.unsqueeze(1).repeat([2, 1, 1, 1]), { positions: perSequence });
    expectValues(
      both.select(0, 1),
      [
        0.1477601, 0.45464871, -0.26491807, -0.38638224, 0.56705106, 0.29423509, 0.06905232,
        -0.17618115, 0.25229724, 0.05236738, 0.64994844, 0.07600108,
      ].slice(8),
    );
  });

  it("bias scores by distance, with the slopes of the paper", () => {
    expectValues(
      nn.alibiBias(8, 1, 3, { dtype }).slice([null, 0, 0]),
      [-1, -0.5, -0.25, -0.125, -0.0625, -0.03125, -0.015625, -0.0078125],
    );
    const three = nn.alibiBias(3, 2, 2, { dtype });
    expectValues(three.slice([null, 1, 0]), [-0.0625, -0.00390625, -0.25]);
    expectValues(three.slice([null, 0, 0]), [0, 0, 0]);
  });

  it("are added as sines or as learned vectors", () => {
    const x = zeros([2, 3, 4]);
    const sines = new nn.SinusoidalPositions(5, 4).forward(x);
    expect([...sines.select(0, 1).dataSync()]).toEqual([
      ...nn.sinusoidalPositions(3, 4).dataSync(),
    ]);
    const learned = new nn.LearnedPositions(5, 4);
    const y = learned.forward(x);
    expect([...y.select(0, 1).dataSync()]).toEqual([...learned.weight.dataSync()].slice(0, 12));
    expect([...gradients(y.sum(), [learned.weight])[0].dataSync()]).toEqual([
      ...Array(12).fill(2),
      ...Array(8).fill(0),
    ]);
    expect(failure(() => learned.forward(zeros([2, 6, 4]))).message).toContain(
      "expected [batch, time, 4] with at most 5 steps",
    );
  });
});

describe("what does not fit", () => {
  const layer = new nn.MultiHeadAttention(4, 2);
  const x = random.normal([2, 3, 4]);

  it("are masks of another shape or type", () => {
    const run = (context: nn.AttentionContext) => failure(() => layer.forward(x, context));
    const wrong = run({ mask: ones([3, 4], "bool") });
    expect(wrong.message).toContain("broadcasts to the scores [2, 2, 3, 3]; received bool[3, 4]");
    expect(wrong.message).toContain("MultiHeadAttention 4, 2 heads");
    expect(run({ mask: ones([3, 3], "int32") }).code).toBe("DTYPE_MISMATCH");
    expect(run({ keyMask: ones([3, 3], "bool") }).message).toContain("keyMask is bool[2, 3]");
    expect(run({ keyMask: ones([2, 3]) }).code).toBe("DTYPE_MISMATCH");
  });

  it("are sizes, heads and sequences", () => {
    const sizes: readonly (() => unknown)[] = [
      () => new nn.MultiHeadAttention(4, 0),
      () => new nn.MultiHeadAttention(8, 4, { kvHeads: 3 }),
      () => new nn.MultiHeadAttention(8, 4, { kdim: 0.5 }),
      () => new nn.MultiHeadAttention(6, 2, { rotary: true }),
      () => new nn.MultiHeadAttention(6, 2, { dropout: -1 }),
      () => new nn.MultiHeadAttention(8, 2, { rotary: { base: 1 } }),
      () => new nn.LearnedPositions(0, 4),
      () => nn.alibiBias(0, 3),
      () => nn.rotary(zeros([1, 2, 1, 4]), { base: 0 }),
      () => nn.rotary(zeros([1, 2, 1, 4]), { positions: zeros([3], "int32") }),
    ];
    for (const make of sizes) expect(failure(make).code).toBe("BAD_ARGUMENT");
    const lengths = failure(() => layer.attend(x, x, random.normal([2, 4, 4])));
    expect(lengths.message).toContain("keys and values of one length");
    const own = new nn.MultiHeadAttention(4, 2, { kdim: 3 });
    expect(failure(() => own.forward(x)).message).toContain("expected [..., 3]");
    expect(failure(() => nn.rotary(zeros([1, 2, 1, 3]))).code).toBe("SHAPE_MISMATCH");
  });

  it("are caches of other layers, batches, or for attention that looks ahead", () => {
    const causal = new nn.MultiHeadAttention(4, 2, { causal: true });
    expect(failure(() => layer.forward(x, { cache: layer.cache(2, 4) })).message).toContain(
      "not causal",
    );
    expect(failure(() => causal.forward(x, { cache: causal.cache(3, 4) })).code).toBe(
      "SHAPE_MISMATCH",
    );
    expect(failure(() => causal.cache(0, 4)).code).toBe("BAD_ARGUMENT");
  });
});
