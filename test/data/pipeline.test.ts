// Pipelines: what each step does, and that a pass is a function of settings and epoch, whatever is skipped, shared or made
// ahead.

import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ArrayDataset,
  type Batch,
  balancedWeights,
  batches,
  type Cursor,
  iterate,
  type Pipeline,
  type PipelineLoader,
  pipeline,
} from "../../src/data/index.ts";
import { tensor } from "../../src/index.ts";
import { refusal } from "../formats/damage.ts";

const ten = new ArrayDataset({
  images: { data: Uint8Array.from({ length: 20 }, (_, i) => i), shape: [2], scale: 1 / 4 },
  labels: { data: Int32Array.from({ length: 10 }, (_, i) => i % 3) },
});

const numbers = (count: number): Pipeline<number> =>
  pipeline(Array.from({ length: count }, (_, k) => k));
const stream = (count: number): Pipeline<number> =>
  pipeline(function* () {
    for (let k = 0; k < count; k++) yield k;
  });

async function listed<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const values = (batches: readonly Batch[], field = "x"): number[][] =>
  batches.map((batch) => Array.from(batch[field].data));

describe.each([
  ["random access", numbers],
  ["a stream", stream],
])("with %s", (_, count) => {
  test("map, filter, take, skip, concat and zip go record by record", async () => {
    const records = (steps: Pipeline<unknown>) => listed(steps.records());
    expect(await records(count(4).map((k) => k * 2))).toEqual([0, 2, 4, 6]);
    expect(await records(count(4).map(async (k) => k * 2))).toEqual([0, 2, 4, 6]);
    expect(await records(count(6).filter((k) => k % 2 === 1))).toEqual([1, 3, 5]);
    expect(await records(count(6).filter(async (k) => k > 3))).toEqual([4, 5]);
    expect(await records(count(6).take(2))).toEqual([0, 1]);
    expect(await records(count(2).take(6))).toEqual([0, 1]);
    expect(await records(count(2).take(0))).toEqual([]);
    expect(await records(count(6).skip(4))).toEqual([4, 5]);
    expect(await records(count(2).skip(3))).toEqual([]);
    expect(await records(count(2).concat(count(3)))).toEqual([0, 1, 0, 1, 2]);
    expect(await records(count(2).zip(count(3), (a, b) => [a, b]))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    const merged = count(2)
      .map((x) => ({ x }))
      .zip(count(2).map((y) => ({ y })));
    expect(await records(merged)).toEqual([
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ]);
  });

  test("repeat makes one pass of several, and shuffles anew in each", async () => {
    const steps = count(8).shuffle().repeat(3);
    const [first, second] = [await listed(steps.records(0)), await listed(steps.records(1))];
    const turns = [0, 1, 2].flatMap((turn) => [
      first.slice(8 * turn, 8 * turn + 8),
      second.slice(8 * turn, 8 * turn + 8),
    ]);
    for (const turn of turns) {
      expect([...turn].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
    expect(new Set(turns.map(String)).size).toBe(6);
    expect(await listed(count(3).repeat().take(8).records())).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
    expect(await listed(count(3).repeat(0).records())).toEqual([]);
    expect(await listed(count(0).repeat().records())).toEqual([]);
  });

  test("shuffle has every record once, in an order of seed and epoch", async () => {
    const shuffled = (epoch: number, seed = 0) =>
      listed(count(50).shuffle({ seed }).records(epoch));
    const first = await shuffled(0);
    expect([...first].sort((a, b) => a - b)).toEqual(await listed(count(50).records()));
    expect(await shuffled(0)).toEqual(first);
    expect(await shuffled(1)).not.toEqual(first);
    expect(await shuffled(0, 1)).not.toEqual(first);
  });

  test("a random function has its numbers by record, pass and step", async () => {
    const noisy = (seed: number) =>
      pipeline([1, 2, 3], { seed })
        .concat(count(3))
        .map((k, random) => ({ k, a: random.uniform(1)[0] }))
        .map(({ k, a }, random) => ({ k, a, b: random.uniform(1)[0] }));
    const [pass] = [await listed(noisy(1).records(0))];
    expect(await listed(noisy(1).records(0))).toEqual(pass);
    const drawn = [
      ...pass,
      ...(await listed(noisy(1).records(1))),
      ...(await listed(noisy(2).records(0))),
    ];
    expect(new Set(drawn.flatMap(({ a, b }) => [a, b])).size).toBe(36);
  });

  test("cache makes records once, as in pass 0", async () => {
    let made = 0;
    const steps = count(5)
      .map((k, random) => {
        made++;
        return { k, noise: random.uniform(1)[0] };
      })
      .cache();
    const first = await listed(steps.records(3));
    const [again, meanwhile] = await Promise.all([
      listed(steps.records(0)),
      listed(steps.records(7)),
    ]);
    expect(made).toBe(5);
    expect(again).toEqual(first);
    expect(meanwhile).toEqual(first);
    const fresh = count(5).map((_, random) => random.uniform(1)[0]);
    expect(first.map(({ noise }) => noise)).toEqual(await listed(fresh.records(0)));
  });

  test("a cache forgets what failed", async () => {
    let fails = true;
    const steps = count(3)
      .map(async (k) => {
        if (fails && k === 1) throw new Error("not now");
        return k;
      })
      .cache();
    await expect(listed(steps.records())).rejects.toThrow("not now");
    fails = false;
    expect(await listed(steps.records())).toEqual([0, 1, 2]);
  });

  test("batches that are skipped are not made", async () => {
    const made: number[] = [];
    const loader = count(12)
      .map((k) => {
        made.push(k);
        return { x: k };
      })
      .take(11)
      .batch(3, { fields: { x: { dtype: "int32", shape: [] } } });
    const rest = await listed(loader.pass(0, { skip: 2 }));
    expect(values(rest)).toEqual([
      [6, 7, 8],
      [9, 10],
    ]);
    expect(made).toEqual([6, 7, 8, 9, 10]);
    made.length = 0;
    await listed(loader.pass(0, { skip: 1, stride: 2 }));
    expect(made).toEqual([3, 4, 5, 9, 10]);
  });
});

describe("a data set in a pipeline", () => {
  test("is shuffled and cut as by `batches`", async () => {
    const options = { batchSize: 4, shuffle: true, seed: 7 };
    const loader = pipeline(ten, { seed: 7 }).shuffle().batch(4);
    expect(loader.length).toBe(3);
    expect(loader.fields).toEqual(ten.fields);
    for (const epoch of [0, 5]) {
      expect(await listed(loader.pass(epoch))).toEqual([...batches(ten, options).pass(epoch)]);
    }
    const whole = pipeline(ten).shuffle({ seed: 7 }).batch(4, { dropLast: true });
    expect(whole.length).toBe(2);
    expect(await listed(whole)).toEqual([...batches(ten, { ...options, dropLast: true }).pass(0)]);
  });

  test("gives records whose types stay", async () => {
    const loader = pipeline(ten)
      .map(({ images, labels }) => ({ images, labels, twice: images.data.map((x) => 2 * x) }))
      .batch(10);
    const [{ images, labels, twice }] = await listed(loader);
    expect(images).toEqual(
      ten.read(
        "images",
        Int32Array.from({ length: 10 }, (_, k) => k),
      ),
    );
    expect(labels.dtype).toBe("int32");
    expect(twice.shape).toEqual([10, 2]);
    expect(loader.fields.twice).toEqual({ dtype: "float32", shape: [2] });
  });

  test("repeats, takes and joins batches across passes", async () => {
    const plain = pipeline(ten).repeat(2).skip(3).take(14);
    const mapped = plain.map((record) => record);
    expect(await listed(plain.batch(4))).toEqual(await listed(mapped.batch(4)));
  });
});

describe("weightedSampler", () => {
  const draw = async (weights: number[], options: object, epoch = 0) =>
    (await listed(numbers(weights.length).weightedSampler(weights, options).records(epoch))).map(
      Number,
    );

  test("draws by weight, with replacement", async () => {
    const drawn = await draw([1, 0, 3, 6], { samples: 20_000, seed: 2 });
    const share = (k: number) => drawn.filter((x) => x === k).length / drawn.length;
    expect(share(0)).toBeCloseTo(0.1, 1);
    expect(share(1)).toBe(0);
    expect(Math.abs(share(2) - 0.3)).toBeLessThan(0.015); // 4.6 standard deviations
    expect(Math.abs(share(3) - 0.6)).toBeLessThan(0.015);
    expect(await draw([1, 1, 1, 1, 1], { seed: 2 }, 1)).not.toEqual(
      await draw([1, 1, 1, 1, 1], { seed: 2 }),
    );
  });

  test("draws each record once at most without replacement", async () => {
    const drawn = await draw([1, 2, 0, 4, 5], { samples: 4, replacement: false });
    expect(drawn.sort()).toEqual([0, 1, 3, 4]);
    // P(first is record 1) = 9/10 for weights 1 and 9.
    let heavy = 0;
    for (let epoch = 0; epoch < 2000; epoch++) {
      heavy += (await draw([1, 9], { samples: 1, replacement: false }, epoch))[0];
    }
    expect(Math.abs(heavy / 2000 - 0.9)).toBeLessThan(0.03); // 4.5 standard deviations
  });

  test("balances classes", () => {
    expect(Array.from(balancedWeights(ten, "labels"))).toEqual(
      Array.from({ length: 10 }, (_, k) => (k % 3 === 0 ? 1 / 4 : 1 / 3)),
    );
  });
});

describe("padBatch and bucket", () => {
  const sentences = [[1, 2, 3], [4], [5, 6], [7, 8, 9, 10, 11], [12], [13, 14]].map(
    (tokens, label) => ({
      tokens: Int32Array.from(tokens),
      label,
    }),
  );

  test("fill up sequences, and say where they end", async () => {
    const loader = pipeline(sentences).padBatch(4, {
      pad: { tokens: 0 },
      lengths: "lengths",
      mask: "mask",
      fields: { label: "int32" },
    });
    expect(loader.fields).toEqual({
      label: { dtype: "int32", shape: [] },
      tokens: { dtype: "int32", shape: [-1] },
      lengths: { dtype: "int32", shape: [] },
      mask: { dtype: "bool", shape: [-1] },
    });
    const [first, second] = await listed(loader);
    expect(first).toEqual({
      label: { dtype: "int32", shape: [4], data: Int32Array.of(0, 1, 2, 3) },
      tokens: {
        dtype: "int32",
        shape: [4, 5],
        data: Int32Array.of(1, 2, 3, 0, 0, 4, 0, 0, 0, 0, 5, 6, 0, 0, 0, 7, 8, 9, 10, 11),
      },
      lengths: { dtype: "int32", shape: [4], data: Int32Array.of(3, 1, 2, 5) },
      mask: {
        dtype: "bool",
        shape: [4, 5],
        data: Uint8Array.of(1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1),
      },
    });
    expect(second.tokens.shape).toEqual([2, 2]);
  });

  test("keep further axes, lengths and multiples", async () => {
    const rows = [
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
    ].map((steps) => ({
      x: {
        dtype: "float32" as const,
        shape: [steps.length, 2],
        data: Float32Array.from(steps.flat()),
      },
    }));
    const of = async (options: object) =>
      (await listed(pipeline(rows).padBatch(2, { pad: { x: -1 }, ...options })))[0].x;
    expect((await of({})).data).toEqual(Float32Array.of(1, 2, -1, -1, 3, 4, 5, 6));
    expect((await of({ multipleOf: 4 })).shape).toEqual([2, 4, 2]);
    expect((await of({ length: 3 })).shape).toEqual([2, 3, 2]);
    expect(await of({ length: 1, truncate: true })).toMatchObject({
      shape: [2, 1, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
  });

  test("bucket joins like lengths, and pads to the boundary", async () => {
    const loader = pipeline(sentences).bucket(2, {
      boundaries: [1, 3],
      pad: { tokens: 0 },
      lengths: "lengths",
    });
    const made = await listed(loader);
    expect(made.map(({ tokens }) => tokens.shape)).toEqual([
      [2, 3],
      [2, 1],
      [1, 3],
      [1, 5],
    ]);
    expect(values(made, "label")).toEqual([[0, 2], [1, 4], [5], [3]]);
    expect(values(await listed(loader.pass(0, { skip: 1, stride: 2 })), "label")).toEqual([
      [1, 4],
      [3],
    ]);
    expect(
      (
        await listed(
          pipeline(sentences).bucket(2, { boundaries: [1, 3], pad: { tokens: 0 }, dropLast: true }),
        )
      ).length,
    ).toBe(2);
  });
});

describe("a loader", () => {
  test("prints its steps", () => {
    const steps = pipeline(ten)
      .shuffle()
      .map(function brighter(record) {
        return record;
      });
    expect(inspect(steps.repeat(2))).toBe(
      "Pipeline: dataset → shuffle → map brighter → repeat 2; 20 records",
    );
    const loader = steps.batch(4).mapBatches((batch) => batch);
    expect(inspect(loader)).toBe(
      "PipelineLoader: dataset → shuffle → map brighter → batch 4 → mapBatches; 3 batches",
    );
    expect(String(stream(3).shuffle({ buffer: 5 }))).toBe("Pipeline: stream → shuffle 5");
    expect(String(pipeline(ten).repeat())).toBe("Pipeline: dataset → repeat endless");
    expect(String(pipeline(ten).repeat().batch(2))).toMatch(/batch 2$/);
  });

  test("takes tensors and nested arrays", async () => {
    const records = [0, 1].map((k) => ({
      x: [[k, 1]],
      y: tensor([k, 2]).mul(2),
      z: [Int32Array.of(k)],
    }));
    for await (const { x, y, z } of pipeline(records).batch(2)) {
      expect(x).toEqual({ dtype: "float32", shape: [2, 1, 2], data: Float32Array.of(0, 1, 1, 1) });
      expect(y).toEqual({ dtype: "float32", shape: [2, 2], data: Float32Array.of(0, 4, 2, 4) });
      expect(z.shape).toEqual([2, 1, 1]);
    }
  });

  test("takes a collate of one's own, and changes whole batches", async () => {
    const loader = numbers(5)
      .batch(2, {
        collate: (records) => ({
          sum: {
            dtype: "float32",
            shape: [1],
            data: Float32Array.of(records.reduce((a, b) => a + b)),
          },
        }),
      })
      .mapBatches(({ sum }, random) => ({
        sum: { ...sum, data: sum.data.map((x) => x + random.uniform(1)[0]) },
      }));
    const first = values(await listed(loader), "sum").flat();
    expect(first.map(Math.floor)).toEqual([1, 5, 4]);
    expect(values(await listed(loader), "sum").flat()).not.toEqual(first);
    expect(values(await listed(loader.pass(0, { skip: 1 })), "sum").flat()).toEqual(first.slice(1));
    expect(loader.fields).toEqual({ sum: { dtype: "float32", shape: [] } });
  });

  test("of a stream knows its fields when it was read or told", async () => {
    const loader = stream(3)
      .map((x) => ({ x }))
      .batch(2);
    expect(loader.length).toBeUndefined();
    const error = await refusal(() => loader.fields);
    expect(error.message).toMatch(
      /not known before a record was read\. Call `await loader\.prepare\(\)`/,
    );
    await loader.prepare();
    expect(loader.fields).toEqual({ x: { dtype: "float32", shape: [] } });
    const told = { x: { dtype: "int32", shape: [] } } as const;
    expect(
      stream(3)
        .map((x) => ({ x }))
        .batch(2, { fields: told }).fields,
    ).toEqual(told);
  });

  test("prefetch keeps to its number, its order, and ends what it began", async () => {
    let made = 0;
    let ended = false;
    const loader = pipeline(async function* () {
      try {
        for (let x = 0; ; x++) {
          made++;
          yield { x };
        }
      } finally {
        ended = true;
      }
    })
      .batch(1)
      .prefetch(3);
    let used = 0;
    for await (const { x } of loader.pass(0)) {
      expect(x.data[0]).toBe(used++);
      await new Promise((done) => setTimeout(done, 1));
      expect(made).toBeLessThanOrEqual(used + 3);
      if (used === 5) break;
    }
    expect(made).toBeGreaterThanOrEqual(7);
    expect(ended).toBe(true);
  });

  test("prefetch hands on an error in its turn", async () => {
    const loader = numbers(9)
      .map(async (x) => {
        if (x === 4) throw new Error("broken");
        return { x };
      })
      .batch(2)
      .prefetch(8);
    const seen: number[][] = [];
    await expect(async () => {
      for await (const { x } of loader) seen.push(Array.from(x.data));
    }).rejects.toThrow("broken");
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("describes its settings as JSON", () => {
    const about = pipeline(ten, { seed: 2 })
      .shuffle()
      .map(function augment(record) {
        return record;
      })
      .batch(4)
      .describe();
    expect(JSON.parse(JSON.stringify(about))).toEqual(about);
    expect(about).toEqual({
      kind: "batch",
      batchSize: 4,
      dropLast: false,
      fields: {},
      collate: null,
      of: [
        { stage: "dataset", data: { size: 10, fields: ten.fields, contents: ten.fingerprint() } },
        { stage: "shuffle", seed: 2 },
        { stage: "map", function: "augment", seed: 2 },
      ],
    });
  });
});

describe("iterate", () => {
  test("continues from any cursor with the batches that would have come", async () => {
    const loader = numbers(7)
      .shuffle()
      .map((x, random) => ({ x, noise: random.uniform(1)[0] }))
      .batch(3);
    const run = iterate(loader, { epochs: 3 });
    expect(run.cursor).toEqual({ epoch: 0, batch: 0 });
    const seen: Batch[] = [];
    const cursors: Cursor[] = [run.cursor];
    for await (const batch of run) {
      seen.push(batch);
      cursors.push(JSON.parse(JSON.stringify(run.cursor)));
    }
    expect(seen.length).toBe(9);
    expect(cursors[3]).toEqual({ epoch: 0, batch: 3 });
    expect(run.cursor).toEqual({ epoch: 3, batch: 0 });
    for (const [used, from] of cursors.entries()) {
      expect(await listed(iterate(loader, { from, epochs: 3 }))).toEqual(seen.slice(used));
    }
    expect(
      await listed(
        iterate(
          numbers(0)
            .map((x) => ({ x }))
            .batch(2),
        ),
      ),
    ).toEqual([]);
  });
});

/** A step of a random pipeline. */
const step: fc.Arbitrary<(steps: Pipeline<{ x: number }>) => Pipeline<{ x: number }>> = fc.oneof(
  fc.constant((p: Pipeline<{ x: number }>) =>
    p.map(({ x }, random) => ({ x: x + random.uniform(1)[0] })),
  ),
  fc.constant((p: Pipeline<{ x: number }>) => p.map(async ({ x }) => ({ x: -x }))),
  fc.constant((p: Pipeline<{ x: number }>) => p.filter(({ x }) => Math.floor(x) % 3 !== 0)),
  fc.nat(20).map((seed) => (p: Pipeline<{ x: number }>) => p.shuffle({ seed, buffer: 4 })),
  fc.integer({ min: 1, max: 3 }).map((n) => (p: Pipeline<{ x: number }>) => p.repeat(n)),
  fc.nat(30).map((n) => (p: Pipeline<{ x: number }>) => p.take(n)),
  fc.nat(9).map((n) => (p: Pipeline<{ x: number }>) => p.skip(n)),
  fc.constant((p: Pipeline<{ x: number }>) => p.concat(p)),
  fc.constant((p: Pipeline<{ x: number }>) => p.zip(p.skip(1), (a, b) => ({ x: a.x + 100 * b.x }))),
  fc.constant((p: Pipeline<{ x: number }>) => p.cache()),
  fc.nat(9).map(
    (seed) => (p: Pipeline<{ x: number }>) =>
      p.isRandomAccess && p.size! > 0
        ? p.weightedSampler(
            Array.from({ length: p.size! }, (_, k) => 1 + (k % 5)),
            { seed },
          )
        : p,
  ),
);

/** The end of a random pipeline. */
const end: fc.Arbitrary<(steps: Pipeline<{ x: number }>) => PipelineLoader<string>> = fc.oneof(
  fc.record({ size: fc.integer({ min: 1, max: 6 }), dropLast: fc.boolean() }).map(
    ({ size, dropLast }) =>
      (p: Pipeline<{ x: number }>) =>
        p.batch(size, { dropLast }),
  ),
  fc.integer({ min: 1, max: 4 }).map(
    (size) => (p: Pipeline<{ x: number }>) =>
      p
        .map(({ x }) => ({
          s: Array.from({ length: 1 + (Math.abs(Math.floor(x)) % 5) }, () => x),
        }))
        .bucket(size, { boundaries: [2, 4], pad: { s: 0 }, lengths: "n" }),
  ),
  fc.integer({ min: 1, max: 4 }).map(
    (size) => (p: Pipeline<{ x: number }>) =>
      p.batch(size).mapBatches(({ x }, random) => ({
        x: { ...x, data: x.data.map((v) => v * random.uniform(1)[0]) },
      })),
  ),
);

test("any pass without its first k batches, shared or made ahead, is the rest of the pass", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.nat(25),
        streams: fc.boolean(),
        steps: fc.array(step, { maxLength: 4 }),
        end,
        epoch: fc.nat(5),
        skip: fc.nat(8),
        workers: fc.integer({ min: 1, max: 4 }),
        ahead: fc.integer({ min: 1, max: 4 }),
      }),
      async ({ count, streams, steps, end, epoch, skip, workers, ahead }) => {
        const build = () => {
          const source = (streams ? stream(count) : numbers(count)).map((x) => ({ x }));
          return end(steps.reduce((p, next) => next(p), source as Pipeline<{ x: number }>));
        };
        const whole = await listed(build().pass(epoch));
        const used = build();
        await listed(used.pass(epoch + 1)); // whatever was read before
        expect(await listed(used.pass(epoch, { skip }))).toEqual(whole.slice(skip));
        expect(await listed(build().prefetch(ahead).pass(epoch, { skip }))).toEqual(
          whole.slice(skip),
        );
        const shares = await Promise.all(
          Array.from({ length: workers }, (_, w) =>
            listed(build().pass(epoch, { skip: skip + w, stride: workers })),
          ),
        );
        const inTurn = whole
          .slice(skip)
          .map((_, k) => shares[k % workers][Math.floor(k / workers)]);
        expect(inTurn).toEqual(whole.slice(skip));
        expect(shares.flat().length).toBe(Math.max(0, whole.length - skip));
        const { length } = build();
        if (length !== undefined) expect(whole.length).toBe(length);
      },
    ),
    { seed: 1, numRuns: 250 },
  );
});

describe("pipelines refuse", () => {
  const any = (value: unknown): never => value as never;
  test.each<[string, () => unknown, RegExp]>([
    [
      "an iterable in place of its maker",
      () => pipeline(any(new Set([1]).values())),
      /cannot read records.*\(\) => records/,
    ],
    ["nothing", () => pipeline(any(undefined)), /cannot read records from undefined/],
    [
      "unknown options",
      () => pipeline(ten, any({ sede: 1 })),
      /no option "sede".*options are seed/,
    ],
    ["a half seed", () => pipeline(ten, { seed: 0.5 }), /seed is 0\.5/],
    ["no function", () => pipeline(ten).map(any(3)), /map: f must be a function; received 3/],
    ["a batch of nothing", () => pipeline(ten).batch(0), /batchSize is 0/],
    ["an endless shuffle", () => pipeline(ten).repeat().shuffle(), /have no end.*before repeat/],
    ["samples of a stream", () => stream(3).weightedSampler([1, 1, 1]), /come one after the other/],
    ["too few weights", () => pipeline(ten).weightedSampler([1]), /1 weights for 10 records/],
    ["negative weights", () => numbers(2).weightedSampler([1, -1]), /weight 1 is -1/],
    ["no weight", () => numbers(2).weightedSampler([0, 0]), /0 records have a positive weight/],
    [
      "more samples than records",
      () => numbers(2).weightedSampler([1, 1], { samples: 3, replacement: false }),
      /for 3 samples/,
    ],
    ["weights by measures", () => balancedWeights(ten, "images"), /float32 of shape \[2\]/],
    [
      "descending boundaries",
      () => numbers(2).bucket(2, { boundaries: [4, 2], pad: { x: 0 } }),
      /boundaries are \[4,2\]/,
    ],
    ["padding of nothing", () => numbers(2).padBatch(2, any({})), /pad names no field/],
    ["a negative pass", () => listed(pipeline(ten).batch(2).pass(-1)), /epoch is -1/],
    ["a negative skip", () => [...batches(ten).pass(0, { skip: -1 })], /skip is -1/],
    [
      "a cursor before the beginning",
      () => iterate(batches(ten), { from: { epoch: 0, batch: -1 } }),
      /batch is -1/,
    ],
    [
      "numbers as records",
      () => listed(numbers(3).batch(2)),
      /record 0 is 0.*objects with named fields/,
    ],
    [
      "text as a field",
      () =>
        listed(
          numbers(3)
            .map(() => ({ name: "a" }))
            .batch(2),
        ),
      /field "name" is "a"/,
    ],
    [
      "a missing field",
      () =>
        listed(
          numbers(3)
            .map((k) => any(k === 0 ? { a: 1 } : { b: 1 }))
            .batch(2),
        ),
      /record 1 of the batch has no field "a"; its fields are b/,
    ],
    [
      "different lengths",
      () =>
        listed(
          numbers(3)
            .map((k) => ({ x: [0, ...Array(k).fill(1)] }))
            .batch(3),
        ),
      /field "x" of record 1 of the batch is float32 \[2\], where float32 \[1\] is needed.*padBatch/,
    ],
    [
      "a sequence that is too long",
      () =>
        listed(
          numbers(2)
            .map(() => ({ x: [1, 2] }))
            .padBatch(2, { pad: { x: 0 }, length: 1 }),
        ),
      /has 2 elements, more than 1.*truncate/,
    ],
    [
      "a number as a sequence",
      () =>
        listed(
          numbers(2)
            .map((x) => ({ x }))
            .padBatch(2, { pad: { x: 0 } }),
        ),
      /has shape \[\]/,
    ],
    [
      "elements that are not as many as the shape says",
      () =>
        listed(
          numbers(1)
            .map(() => ({ x: { dtype: "float32", shape: [3], data: new Float32Array(2) } }))
            .batch(1),
        ),
      /field "x" .*2 elements/,
    ],
    [
      "two fields of one name",
      () =>
        listed(
          numbers(2)
            .map((x) => ({ x }))
            .zip(numbers(2).map((x) => ({ x })))
            .records(),
        ),
      /both records have a field "x"/,
    ],
    [
      "fields of no records",
      () =>
        numbers(0)
          .map((x) => ({ x }))
          .batch(2).fields,
      /there is no record/,
    ],
  ])("%s", async (_, call, text) => {
    const error = await refusal(call);
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(text);
  });
});
