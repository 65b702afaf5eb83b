// Layers that normalise: values and running statistics by PyTorch 2.13, modes, gradients of their weights, and errors.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  nn,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
  zeros,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

const near = (x: Tensor, expected: readonly number[]): void => {
  const got = x.dataSync();
  expect(got.length).toBe(expected.length);
  for (const [k, value] of expected.entries()) expect(got[k]).toBeCloseTo(value, 5);
};

/** k² mod 11 − 5. */
const images = (): Tensor =>
  tensor(
    Float32Array.from({ length: 24 }, (_, k) => ((k * k) % 11) - 5),
    { shape: [2, 3, 2, 2] },
  );
const first = (x: Tensor): Tensor => x.slice([0]);

describe.each(targets)("norms of images on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("BatchNorm2d averages the statistics of all batches with momentum null", () => {
    const layer = new nn.BatchNorm2d(3, { momentum: null });
    const step = compile((x: Tensor) => layer.forward(x, { training: true }));
    near(
      first(step(images())),
      [
        -1.2664232, -0.9594115, -0.0383765, 1.4966819, 0.2581985, -0.7745956, -0.7745956, 0.2581985,
        2.2630082, 0.5222327, -0.5222327, -0.8703878,
      ],
    );
    step(images().mul(2));
    near(layer.runningMean, [-1.3125, -0.75, -3.75]);
    near(layer.runningVariance, [30.3125, 10.7142857, 23.5714286]);
    near(
      first(layer.forward(images())),
      [
        -0.6697629, -0.4881323, 0.0567596, 0.9649126, 0.2291287, -0.3818811, -0.3818811, 0.2291287,
        1.5962785, 0.5664214, -0.0514929, -0.2574643,
      ],
    );
  });

  it("BatchNorm3d is BatchNorm1d over flattened space, with the same gradients", () => {
    const [flat, volumes] = [new nn.BatchNorm1d(3), new nn.BatchNorm3d(3)];
    const run = (layer: nn.Layer, x: Tensor): Tensor =>
      layer.forward(x, { training: true }).flatten().square().square().sum();
    const a = run(flat, images().reshape([2, 3, 4])).backward();
    const b = run(volumes, images().unsqueeze(2)).backward();
    near(b.get(volumes.weight!)!, [...a.get(flat.weight!)!.dataSync()]);
    expect([...volumes.runningVariance.dataSync()]).toEqual([...flat.runningVariance.dataSync()]);
  });

  it("InstanceNorm2d keeps running statistics where asked to", () => {
    const layer = new nn.InstanceNorm2d(3, { trackRunningStats: true });
    near(
      first(layer.forward(images(), { training: true })),
      [
        -0.9999996, -0.7142854, 0.1428571, 1.5714279, 0.999995, -0.999995, -0.999995, 0.999995,
        1.5714279, 0.1428571, -0.7142854, -0.9999996,
      ],
    );
    near(layer.runningMean!, [-0.0875, -0.05, -0.25]);
    near(layer.runningVariance!, [2.2625, 1.3666667, 1.8666667]);
    near(
      first(layer.forward(images())),
      [
        -3.2659333, -2.6011123, -0.6066492, 2.7174559, 0.0427698, -1.6680218, -1.6680218, 0.0427698,
        3.1106732, -0.5489423, -2.7447116, -3.4766347,
      ],
    );
    const plain = new nn.InstanceNorm2d(3, { affine: true });
    expect([...nn.namedState(plain).keys()]).toEqual(["weight", "bias"]);
    expect(plain.forward(images()).dataSync()).toEqual(images().instanceNorm().dataSync());
  });

  it("GroupNorm, RMSNorm and LocalResponseNorm are their functions with weights", () => {
    const group = new nn.GroupNorm(1, 3);
    group.weight!.set([1, 2, 3]);
    group.bias!.set([0, 1, 0]);
    const same = images().groupNorm(1, { weight: group.weight, bias: group.bias });
    expect(group.forward(images()).dataSync()).toEqual(same.dataSync());
    const rms = new nn.RMSNorm(2);
    rms.weight!.set([1, -2]);
    near(rms.forward(tensor([[3, 4]])), [0.8485281, -2.2627417]);
    const local = new nn.LocalResponseNorm(2, { alpha: 1 });
    expect(local.forward(images()).dataSync()).toEqual(
      images().localResponseNorm(2, { alpha: 1 }).dataSync(),
    );
    expect(new nn.RMSNorm(2, { affine: false }).weight).toBeNull();
  });
});

describe("errors of norms", () => {
  it("name the layer and the axes it takes", () => {
    const model = nn.named(new nn.Sequential(new nn.BatchNorm2d(3)));
    const error = failure(() => model.forward(zeros([2, 8, 8, 3])));
    expect(error.message).toContain(
      "expected [batch, 3, height, width]; received float32[2, 8, 8, 3]",
    );
    expect(error.message).toContain("In model.layers.0 (BatchNorm2d 3)");
    expect(failure(() => new nn.BatchNorm1d(3).forward(zeros([2, 4]))).message).toContain(
      "expected [batch, 3] or [batch, 3, length]",
    );
    expect(failure(() => new nn.InstanceNorm2d(3).forward(zeros([2, 3, 1, 1]))).message).toContain(
      "more than one place in space",
    );
    expect(failure(() => new nn.GroupNorm(2, 4).forward(zeros([2, 3]))).message).toContain(
      "expected [batch, 4, …]",
    );
    expect(failure(() => new nn.RMSNorm(4).forward(zeros([2, 3]))).code).toBe("SHAPE_MISMATCH");
    expect(failure(() => new nn.GroupNorm(3, 4)).message).toContain("3 groups do not divide 4");
  });
});
