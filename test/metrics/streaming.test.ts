// Streaming metrics against scikit-learn, torchmetrics and NLTK, over batches of 7 samples, on every target.

import { beforeAll, describe, expect, it } from "vitest";
import { metrics, setTarget, type Tensor, targets, tensor } from "../../src/index.ts";
import { expected, perClassF1, perOutputR2, samples } from "./expected.ts";

/** One column of the samples as a tensor of a batch's rows. */
type Rows = (from: number, to: number) => Tensor;

function rowsOf(
  values: readonly number[],
  width: number[],
  dtype: "float32" | "int32" | "float64",
): Rows {
  const size = width.reduce((product, n) => product * n, 1);
  return (from, to) =>
    tensor(Float64Array.from(values.slice(from * size, to * size)), {
      shape: [to - from, ...width],
      dtype,
    });
}

const logits = rowsOf(samples.logits, [4], "float32");
const classes = rowsOf(samples.classes, [], "int32");
const scores = rowsOf(samples.scores, [], "float32");
const positive = rowsOf(samples.positive, [], "int32");
const labels = rowsOf(samples.labels, [4], "int32");
const values = rowsOf(samples.values, [2], "float64");
const predicted = rowsOf(samples.predicted, [2], "float64");
const weights = rowsOf(samples.weights, [], "float32");

/** The metric over all samples, gathered over batches. */
async function over(
  metric: metrics.Metric,
  [outputs, truth]: readonly [Rows, Rows],
  weighted = false,
): Promise<number | Readonly<Record<string, number>>> {
  const gathered = new metrics.Gathered(metric);
  for (let from = 0; from < 24; from += 7) {
    const to = Math.min(from + 7, 24);
    const facts = weighted ? { weights: weights(from, to) } : {};
    await gathered.add(outputs(from, to), truth(from, to), facts);
  }
  return gathered.value();
}

const many: readonly [Rows, Rows] = [logits, classes];
const two: readonly [Rows, Rows] = [scores, positive];
const tags: readonly [Rows, Rows] = [logits, labels];
const numbers: readonly [Rows, Rows] = [predicted, values];
const multilabel = { task: "multilabel" } as const;

const rows: readonly [
  name: string,
  metric: metrics.Metric,
  data: readonly [Rows, Rows],
  weighted?: boolean,
][] = [
  ["acc", new metrics.Accuracy(), many],
  ["accw", new metrics.Accuracy(), many, true],
  ...((["macro", "micro", "weighted"] as const).flatMap((average) => [
    [`prec_${average}`, new metrics.Precision({ average }), many] as const,
    [`rec_${average}`, new metrics.Recall({ average }), many] as const,
    [`f1_${average}`, new metrics.FScore({ average }), many] as const,
    [`f1w_${average}`, new metrics.FScore({ average }), many, true] as const,
    [`iou_${average}`, new metrics.IoU({ average }), many] as const,
  ]) as [string, metrics.Metric, readonly [Rows, Rows], boolean?][]),
  ["f2", new metrics.FScore({ beta: 2 }), many],
  ["mcc", new metrics.MatthewsCorrelation(), many],
  ["kappa", new metrics.CohenKappa(), many],
  ["top2", new metrics.TopKAccuracy({ k: 2 }), many],
  ["top2w", new metrics.TopKAccuracy({ k: 2 }), many, true],
  ["auc_macro", new metrics.RocAuc(), many],
  ["auc_weighted", new metrics.RocAuc({ average: "weighted" }), many],
  ["ap_macro", new metrics.AveragePrecision(), many],
  ["ece", new metrics.CalibrationError({ bins: 10 }), many],
  ["ece_l2", new metrics.CalibrationError({ bins: 10, norm: "l2" }), many],
  ["ece_max", new metrics.CalibrationError({ bins: 10, norm: "max" }), many],
  ["ppl", new metrics.Perplexity(), many],
  ["b_auc", new metrics.RocAuc(), two],
  ["b_aucw", new metrics.RocAuc(), two, true],
  ["b_ap", new metrics.AveragePrecision(), two],
  ["b_apw", new metrics.AveragePrecision(), two, true],
  ["b_f1", new metrics.FScore(), two],
  ["b_prec", new metrics.Precision(), two],
  ["b_rec", new metrics.Recall(), two],
  ["b_spec", new metrics.Specificity(), two],
  ["b_acc", new metrics.Accuracy(), two],
  ["b_mcc", new metrics.MatthewsCorrelation(), two],
  ["b_iou", new metrics.IoU(), two],
  ["b_ece", new metrics.CalibrationError({ bins: 10 }), two],
  ["ml_f1", new metrics.FScore(multilabel), tags],
  ["ml_f1micro", new metrics.FScore({ ...multilabel, average: "micro" }), tags],
  ["ml_acc", new metrics.Accuracy(multilabel), tags],
  ["ml_auc", new metrics.RocAuc(multilabel), tags],
  ["ml_ap", new metrics.AveragePrecision(multilabel), tags],
  ["mae", new metrics.MeanAbsoluteError(), numbers],
  ["mse", new metrics.MeanSquaredError(), numbers],
  ["msew", new metrics.MeanSquaredError(), numbers, true],
  ["rmse", new metrics.RootMeanSquaredError(), numbers],
  ["mape", new metrics.MeanAbsolutePercentageError(), numbers],
  ["r2", new metrics.R2Score(), numbers],
  ["r2w", new metrics.R2Score(), numbers, true],
  ["ev", new metrics.ExplainedVariance(), numbers],
  ["pear", new metrics.PearsonCorrelation(), numbers],
];

describe.each(targets)("streaming metrics on %s", (name) => {
  beforeAll(() => setTarget(name));

  it.each(rows)("%s", async (id, metric, data, weighted) => {
    expect(await over(metric, data, weighted)).toBeCloseTo(expected[id], 6);
  });

  it("give one number per class or output on request", async () => {
    const names = ["a", "b", "c", "d"];
    const perClass = await over(new metrics.FScore({ average: "none", names }), many);
    expect(Object.keys(perClass)).toEqual(names);
    for (const [k, value] of Object.values(perClass).entries()) {
      expect(value).toBeCloseTo(perClassF1[k], 9);
    }
    const perOutput = Object.values(await over(new metrics.R2Score({ average: "none" }), numbers));
    for (const [k, value] of perOutput.entries()) expect(value).toBeCloseTo(perOutputR2[k], 9);
  });

  it("approach the exact area with bins, in memory that does not grow", async () => {
    const coarse = await over(new metrics.RocAuc({ bins: 1000 }), two);
    expect(coarse).toBeCloseTo(expected.b_auc, 6);
    const many1000 = await over(new metrics.AveragePrecision({ bins: 1000 }), many);
    expect(many1000).toBeCloseTo(expected.ap_macro, 2);
  });

  it("leave out ignored classes and samples of weight 0, whatever their outputs", async () => {
    const outputs = tensor([
      [2, 0],
      [0, 2],
      [Number.NaN, 0],
    ]);
    const truth = tensor([0, 0, 1], { dtype: "int32" });
    const kept = tensor([1, 1, 0]);
    const perplexity = Math.exp((Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(2))) / 2);
    const gathered = async (
      metric: metrics.Metric,
      target: Tensor,
      facts = {},
    ): Promise<unknown> => {
      const all = new metrics.Gathered(metric);
      await all.add(outputs, target, facts);
      return all.value();
    };
    expect(await gathered(new metrics.Accuracy(), truth, { weights: kept })).toBe(0.5);
    expect(await gathered(new metrics.Perplexity(), truth, { weights: kept })).toBeCloseTo(
      perplexity,
      6,
    );
    const padded = tensor([0, 0, -100], { dtype: "int32" });
    expect(await gathered(new metrics.Accuracy({ ignoreIndex: -100 }), padded)).toBe(0.5);
    expect(await gathered(new metrics.Perplexity({ ignoreIndex: -100 }), padded)).toBeCloseTo(
      perplexity,
      6,
    );
  });

  it("refuse outputs and targets that do not fit", () => {
    const one = tensor([1, 2]);
    expect(() => new metrics.Accuracy().statistics(tensor([[1, 2]]), tensor([1, 2]))).toThrow(
      /multiclass/,
    );
    expect(() => new metrics.R2Score().statistics(one, tensor([1]))).toThrow(
      /\[2\] and targets \[1\]/,
    );
    expect(() => new metrics.FScore({ average: "best" as "none" })).toThrow(/no average "best"/);
    expect(() => new metrics.RocAuc({ treshold: 1 } as object)).toThrow(/treshold/);
    const facts = { weights: tensor([1, 2, 3]) };
    expect(() => new metrics.Accuracy().statistics(one, one, facts)).toThrow(/weights \[3\]/);
    expect(new metrics.Gathered(new metrics.RocAuc()).value()).toBeNaN();
  });
});

it("gathered counts stay exact where float32 would stop counting", () => {
  const sum: metrics.Metric = {
    statistics: () => ({}),
    value: ({ n }) => n.data[0],
  };
  const gathered = new metrics.Gathered(sum);
  for (const part of [2 ** 24, 1, 1])
    gathered.include("n", { dtype: "float32", shape: [], data: Float32Array.of(part) });
  expect(gathered.value()).toBe(2 ** 24 + 2);
});

describe("metrics of texts", () => {
  const recognised = ["the cat is on the mat", "hello word"];
  const said = ["the cat sat on mat", "hello brave new world"];

  it("count edits per word and per character", () => {
    expect(metrics.wordErrorRate(recognised, said)).toBeCloseTo(expected.wer, 6);
    expect(metrics.characterErrorRate(recognised, said)).toBeCloseTo(expected.cer, 6);
    expect(metrics.editDistance([..."kitten"], [..."sitting"])).toBe(3);
    expect(metrics.wordErrorRate("the cat sat", "the cat sat down")).toBe(0.25);
    expect(metrics.characterErrorRate("abc", "abcd")).toBe(0.25);
    expect(() => metrics.wordErrorRate([], [])).toThrow(/0 texts/);
    expect(() => metrics.wordErrorRate(null as never, ["a"])).toThrow(/received null and \["a"\]/);
  });

  it("compare translations by BLEU", () => {
    const candidates = ["the cat is on the mat", "there is a big dog in the garden now"];
    const references = [
      ["the cat sits on the mat", "a cat is on the mat"],
      ["there is a large dog in the garden", "a big dog is in the garden now"],
    ];
    expect(metrics.bleu(candidates, references)).toBeCloseTo(expected.bleu, 9);
    expect(metrics.bleu(candidates, references, { order: 2 })).toBeCloseTo(expected.bleu2, 9);
    expect(metrics.bleu(candidates, references, { smooth: true })).toBeCloseTo(expected.bleu_s, 6);
    const [text, other] = ["the cat sat on a mat", "the cat sat on the mat"];
    expect(metrics.bleu([text], [other])).toBe(metrics.bleu([text], [[other]]));
    expect(() => metrics.bleu(text as never, [other])).toThrow(/received "the cat/);
    expect(metrics.bleu(["a"], [["b"]])).toBe(0);
    expect(metrics.bleu([["a", "b c"]], [[["a b", "c"]]], { order: 1 })).toBe(0);
  });
});
