// Optimizers against PyTorch on one small problem: a matrix and a vector after several steps, in float64.

import { beforeAll, describe, expect, it } from "vitest";
import {
  compile,
  nn,
  optim,
  Parameter,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";

interface Model {
  readonly W: Parameter;
  readonly b: Parameter;
}

function makeModel(): Model {
  const W = Float64Array.from({ length: 6 }, (_, k) => Math.sin(k + 1));
  return {
    W: new Parameter(W, [3, 2], "float64"),
    b: new Parameter(Float64Array.of(0.5, -1), [2], "float64"),
  };
}

/** `½ Σ c(W − 0.3)² + Σ b³/3 + Σ_j b_j Σ_i W_ij`, c = 1, 1.5, 2, …. */
function loss({ W, b }: Model): Tensor {
  const c = tensor([1, 1.5, 2, 2.5, 3, 3.5], { dtype: "float64", shape: [3, 2] });
  const squares = c.mul(W.sub(0.3).square()).sum().mul(0.5);
  const cubes = b.mul(b).mul(b).sum().div(3);
  return squares.add(cubes).add(W.sum({ axis: 0 }).mul(b).sum());
}

const asgd = { learningRate: 0.05, lambda: 0.01, start: 3, weightDecay: 0.1 };

type Make = (model: Model) => optim.Optimizer;

/** W row by row and then b, after 8 steps (RAdam: 12), with PyTorch 2.13; LAMB, Lion and Muon by their formulas in it. */
const cases: readonly (readonly [name: string, make: Make, expected: readonly number[]])[] = [
  [
    "Adadelta",
    (m) => new optim.Adadelta(m, { rho: 0.8, eps: 1e-4, weightDecay: 0.1 }),
    [
      0.659436464601, 1.04068439128, 0.104026810321, -0.559696085676, -0.764939688914,
      -0.0866976028522, 0.347378272, -1.2522727169,
    ],
  ],
  [
    "Adamax",
    (m) => new optim.Adamax(m, { learningRate: 0.05, weightDecay: 0.1 }),
    [
      0.50432558624, 1.09179822625, 0.118538873916, -0.372992282153, -0.583499904464,
      0.0886214608176, 0.250306478302, -1.32454764023,
    ],
  ],
  [
    "NAdam",
    (m) => new optim.NAdam(m, { learningRate: 0.05, weightDecay: 0.1, decoupledWeightDecay: true }),
    [
      0.531181945242, 1.15162622845, 0.164003422343, -0.420151800604, -0.619596413683,
      0.0315816733972, 0.231221183183, -1.32748822667,
    ],
  ],
  [
    "RAdam",
    (m) =>
      new optim.RAdam(m, {
        learningRate: 0.05,
        beta2: 0.99,
        weightDecay: 0.1,
        decoupledWeightDecay: true,
      }),
    [
      0.517976017416, 0.936343099784, 0.0850382815528, 0.0971686776433, -0.199683724959,
      0.381565998116, 0.33694314815, -1.30796325689,
    ],
  ],
  [
    "Rprop",
    (m) => new optim.Rprop(m, { learningRate: 0.2 }),
    [
      0.148030984808, 2.10228942683, 0.13112000806, 1.82637830469, 0.0732037253369, 1.0015445018,
      0.1316, -4.29981696,
    ],
  ],
  [
    "ASGD",
    (m) => new optim.ASGD(m, asgd),
    [
      0.495617635682, 1.00511318518, 0.111845852094, 0.296339383745, -0.129408313512,
      0.481544109438, 0.29892882835, -1.95134999464,
    ],
  ],
  [
    "Adafactor",
    (m) => new optim.Adafactor(m, { learningRate: 0.1, weightDecay: 0.1 }),
    [
      0.269847884354, 1.07331557198, 0.135104298419, -0.190689215894, -0.379726466703,
      0.0963691046445, 0.146797006977, -1.86679176458,
    ],
  ],
  [
    "Adafactor, other settings",
    (m) =>
      new optim.Adafactor(m, {
        learningRate: 0.9,
        eps1: 1e-3,
        eps2: 0.1,
        clip: 1.3,
        beta2Decay: -0.6,
      }),
    [
      5.77582343922, 6.73906268707, 5.1224345851, 5.62302500111, 5.06317938761, 5.40696351551,
      -23.3817972651, -26.0357719249,
    ],
  ],
  [
    "Lion",
    (m) => new optim.Lion(m, { learningRate: 0.05, weightDecay: 0.1 }),
    [
      0.41532575723, 1.16762277674, 0.236050758681, -0.333985328357, -0.528162315739,
      0.124637038859, 0.0872769575421, -1.35376260782,
    ],
  ],
  [
    "LAMB",
    (m) => new optim.LAMB(m, { learningRate: 0.05, weightDecay: 0.1 }),
    [
      0.551837773219, 1.15021072896, 0.119215617725, -0.462482685965, -0.659617939811,
      0.000746103091616, 0.172750794511, -1.34805374918,
    ],
  ],
  [
    "Muon",
    (m) => new optim.Muon(m, { learningRate: 0.05 }),
    [
      0.623412795371, 0.956832672453, -0.107210898997, -0.35469755997, -0.54393272977,
      -0.164890447981, 0.14049742923, -1.35777194316,
    ],
  ],
];

describe.each(targets)("optimizers agree with PyTorch on %s", (target) => {
  beforeAll(() => setTarget(target));

  it.each(cases)("%s", (name, make, expected) => {
    const model = makeModel();
    const optimizer = make(model);
    const step = compile(() => {
      const value = loss(model);
      optimizer.step(value.backward());
      return value;
    });
    for (let k = 0; k < (name === "RAdam" ? 12 : 8); k++) step();
    const found = [...model.W.dataSync(), ...model.b.dataSync()];
    for (const [k, value] of found.entries()) expect(value).toBeCloseTo(expected[k], 9);
  });

  it.each(cases)("%s continues exactly from its saved state", (_, make) => {
    const train = (model: Model, optimizer: optim.Optimizer, steps: number): void => {
      for (let k = 0; k < steps; k++) optimizer.step(loss(model).backward());
    };
    const whole = makeModel();
    train(whole, make(whole), 4);
    const model = makeModel();
    const first = make(model);
    train(model, first, 2);
    const saved = new Map(
      [...nn.namedState(first)].map(([path, { shape, dtype, slot }]) => {
        return [path, { shape, dtype, data: slot.fetch() }];
      }),
    );
    const second = make(model);
    nn.loadState(second, saved);
    train(model, second, 2);
    expect(model.W.dataSync()).toEqual(whole.W.dataSync());
    expect(model.b.dataSync()).toEqual(whole.b.dataSync());
  });

  it("ASGD averages from its start on", () => {
    const model = makeModel();
    const optimizer = new optim.ASGD(model, asgd);
    for (let k = 0; k < 8; k++) optimizer.step(loss(model).backward());
    const average = optimizer.stateTensors().get("average.b")!.dataSync();
    expect(average[0]).toBeCloseTo(0.342764260808, 9);
    expect(average[1]).toBeCloseTo(-1.65862687005, 9);
  });
});
