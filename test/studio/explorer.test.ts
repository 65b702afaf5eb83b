// The explorer's picture of a step: which nodes it shows in which boxes, where they stand, and in which order things happen.

import { describe, expect, it } from "vitest";
import { losses, nn, optim, type Tensor, tensor } from "../../src/index.ts";
import { type StepTrace, trace } from "../../src/inspect/index.ts";
import { drawnOf, linesOf, placed, unitsOf } from "../../studio/src/explorer/columns.ts";
import {
  changeOf,
  changeText,
  isComparable,
  largestChanges,
} from "../../studio/src/explorer/differences.ts";
import { nodesIn, openAtFirst, seenWith, toSee } from "../../studio/src/explorer/folding.ts";
import { graphOf, momentsOf } from "../../studio/src/explorer/graph-model.ts";
import { tilesOf } from "../../studio/src/explorer/heat-map.ts";
import { imageRows } from "../../studio/src/explorer/image-rows.ts";
import { layout, type Place } from "../../studio/src/explorer/layout.ts";
import { narrate } from "../../studio/src/explorer/narration.ts";
import { networksOf, partOf } from "../../studio/src/explorer/network.ts";
import { placeOf, shown } from "../../studio/src/explorer/numbers.ts";
import { progressOf, scheduleOf, stopsOf } from "../../studio/src/explorer/progress.ts";
import { regionsOf } from "../../studio/src/explorer/regions.ts";
import { chosenIn, stillChosen } from "../../studio/src/explorer/use-selection.ts";

/** The network 2-3-1 that is worked by hand. */
function byHand(): StepTrace {
  const hidden = new nn.Linear(2, 3, { bias: false });
  const output = new nn.Linear(3, 1, { bias: false });
  hidden.weight.set([0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
  output.weight.set([0.7, 0.8, 0.9]);
  const model = nn.named(new nn.Sequential(hidden, new nn.Sigmoid(), output, new nn.Sigmoid()));
  const optimizer = new optim.SGD(model, { learningRate: 0.1 });
  const step = (x: Tensor, t: Tensor): Tensor => {
    const loss = model.forward(x).sub(t).square().sum().mul(0.5);
    optimizer.step(loss.backward());
    return loss;
  };
  return trace(step, [[[0.5, 0.8]], [[0.7]]], { names: ["x", "t"] }).toJSON();
}

/** Blocks of a layer, an activation and a residual connection. */
function blocks(count: number): StepTrace {
  const made = Array.from({ length: count }, () => ({
    linear: new nn.Linear(4, 4),
    norm: new nn.LayerNorm(4),
  }));
  const model = { blocks: made, out: new nn.Linear(4, 1) };
  nn.named(model);
  const step = (x: Tensor): Tensor => {
    let h = x;
    for (const { linear, norm } of made) h = h.add(norm.forward(linear.forward(h)).tanh());
    const loss = losses.meanSquaredError(model.out.forward(h), h.sum({ axis: 1, keepDims: true }));
    loss.backward();
    return loss;
  };
  const x = Array.from({ length: 3 }, (_, k) => [0.3 * k, 0.1, -0.2 * k, 0.5]);
  return trace(step, [x], { names: ["x"], limit: 64 }).toJSON();
}

function pictureOf(data: StepTrace, open?: (all: string[]) => string[]) {
  const graph = graphOf(data);
  const regions = regionsOf(data, graph);
  const chosen =
    open === undefined ? openAtFirst(regions, graph) : new Set(open([...regions.byKey.keys()]));
  return { graph, regions, open: chosen, seen: seenWith(graph, regions, chosen) };
}

describe("the picture of a step", () => {
  it("shows the ops of a small network, flat, and each edge once", () => {
    const data = byHand();
    const { graph, regions, seen } = pictureOf(data);
    const ops = [...graph.nodes.values()].filter(
      ({ phase }) => phase === "forward" || phase === "loss",
    );
    expect(ops.map(({ op }) => op)).toEqual([
      ...["contract", "sigmoid", "contract", "sigmoid", "sub", "mul", "mul"],
    ]);
    expect(regions.byKey.size).toBe(0);
    expect(new Set(seen.edges.map(String)).size).toBe(seen.edges.length);
    expect(seen.edges.length).toBe(10);
  });

  it("puts layers into boxes, with their parameters, and what stands between them into the block", () => {
    const { graph, regions } = pictureOf(blocks(2));
    const labels = [...regions.byKey.values()].map(({ label, place }) => `${label}|${place ?? ""}`);
    expect(labels.slice(0, 3)).toEqual([
      "blocks.0|",
      "Linear 4→4|blocks.0.linear",
      "LayerNorm 4|blocks.0.norm",
    ]);
    const first = [...regions.byKey.keys()][0];
    const inFirst = nodesIn(first, regions.byKey).map((id) => graph.nodes.get(id)!);
    expect(inFirst.filter(({ op }) => op === "tanh").length).toBe(1);
    expect(inFirst.filter(({ phase }) => phase === "parameter").length).toBe(4);
    expect(inFirst.at(-1)!.op).toBe("add"); // the residual connection
    const input = [...graph.nodes.values()].find(({ name }) => name === "x")!;
    expect(regions.of.has(input.id)).toBe(false);
  });

  it("folds without making a circle, also where one layer is called twice", () => {
    const relu = new nn.ReLU();
    const model = { a: new nn.Linear(3, 3), relu, b: new nn.Linear(3, 3) };
    nn.named(model);
    const step = (x: Tensor): Tensor => {
      const h = relu.forward(model.a.forward(x));
      const loss = relu.forward(model.a.forward(model.b.forward(h))).sum();
      loss.backward();
      return loss;
    };
    const data = trace(step, [[[1, -2, 3]]], {}).toJSON();
    const { seen } = pictureOf(data, () => []);
    expect(hasCircle(seen.edges)).toBe(false);
    expect(seen.top.filter((name) => name.startsWith("model.a")).length).toBe(2);
  });

  it("begins with what has a derivative of its own folded", () => {
    const layer = nn.named({ out: new nn.Linear(2, 3) });
    const step = (x: Tensor, t: Tensor): Tensor => {
      const loss = losses.crossEntropy(layer.out.forward(x), t);
      loss.backward();
      return loss;
    };
    const labels = tensor([1], { dtype: "int32" });
    const { regions, open } = pictureOf(trace(step, [[[1, 2]], labels]).toJSON());
    const labelOf = (key: string): string => regions.byKey.get(key)!.label;
    expect([...regions.byKey.keys()].map(labelOf)).toEqual(["Linear 2→3", "crossEntropy"]);
    expect([...open].map(labelOf)).toEqual(["Linear 2→3"]);
  });

  it("opens large graphs folded, and a node's boxes on the way to it", () => {
    const data = blocks(40);
    const { graph, regions, seen, open } = pictureOf(data);
    expect(graph.nodes.size).toBeGreaterThan(800);
    expect(seen.top.length).toBeLessThan(60);
    expect(open.size).toBe(0);
    const tanh = [...graph.nodes.values()].find(({ op }) => op === "tanh")!;
    const opened = seenWith(graph, regions, new Set(toSee(tanh.id, regions)));
    expect(seen.nameOf(tanh.id)).not.toBe(`n${tanh.id}`);
    expect(opened.nameOf(tanh.id)).toBe(`n${tanh.id}`);
    expect(hasCircle(opened.edges)).toBe(false);
  });

  it("cuts long rows without layers into pieces", () => {
    const step = (x: Tensor): Tensor => {
      let h = x;
      for (let k = 0; k < 700; k++) h = h.sin().add(x);
      return h.sum();
    };
    const data = trace(step, [[1, 2]]).toJSON();
    const { graph, seen, regions } = pictureOf(data);
    expect(graph.nodes.size).toBeGreaterThan(1400);
    expect(seen.top.length).toBeLessThan(70);
    const inside = [...regions.byKey.keys()].filter(
      (key) => regions.byKey.get(key)!.parent === undefined,
    );
    expect(inside.flatMap((key) => nodesIn(key, regions.byKey)).length).toBe(graph.nodes.size - 1);
  });
});

describe("the layout", () => {
  it.each([400, 760, 2000])(
    "keeps things apart and boxes around their contents, %i wide",
    (width) => {
      const { seen } = pictureOf(blocks(2), (all) => all);
      const places = layout(seen, width);
      const names = [...places.keys()];
      const isInside = (name: string, box: string): boolean =>
        (seen.inside.get(box) ?? []).some((one) => one === name || isInside(name, one));
      for (const [k, a] of names.entries()) {
        for (const b of names.slice(k + 1)) {
          const [p, q] = [places.get(a)!, places.get(b)!];
          if (isInside(b, a)) expect(contains(p, q)).toBe(true);
          else if (isInside(a, b)) expect(contains(q, p)).toBe(true);
          else expect(overlap(p, q), `${a} and ${b}`).toBe(false);
        }
      }
    },
  );

  it("wraps a long chain into rows no wider than the page", () => {
    const { seen } = pictureOf(blocks(12), () => []);
    const places = [...layout(seen, 760).values()];
    expect(Math.max(...places.map(({ x, width }) => x + width))).toBeLessThanOrEqual(760);
    expect(new Set(places.map(({ y }) => y)).size).toBeGreaterThan(2);
  });

  it("makes few rows about as long as each other", () => {
    const step = (x: Tensor): Tensor => x.sin().cos().exp().tanh().sigmoid().sum();
    const { seen } = pictureOf(trace(step, [[1, 2]]).toJSON());
    const tops = [...layout(seen, 5 * 156 + 4 * 30).values()].map(({ y }) => y);
    const rows = [...new Set(tops)].map((top) => tops.filter((y) => y === top).length);
    expect(rows).toEqual([4, 4]); // five would fit
  });

  it("puts a weight above the op that uses it", () => {
    const data = byHand();
    const { seen } = pictureOf(data);
    const places = layout(seen, 800);
    const weight = data.nodes.find(({ name }) => name === "model.layers.0.weight")!;
    const product = data.nodes.find(({ op }) => op === "contract")!;
    const [w, p] = [places.get(`n${weight.id}`)!, places.get(`n${product.id}`)!];
    expect(w.x).toBe(p.x);
    expect(w.y + w.height).toBeLessThan(p.y);
  });
});

describe("the moments of a step", () => {
  const data = byHand();
  const graph = graphOf(data);
  const moments = momentsOf(data, graph);

  it("go forwards to the loss, backwards to the weights, and to the update", () => {
    const kinds = moments.map(({ kind }) => kind).filter((kind, k, all) => kind !== all[k - 1]);
    expect(kinds).toEqual(["forward", "loss", "backward", "update"]);
    const schedule = scheduleOf(data, moments);
    for (const { id, adjoint, phase } of graph.nodes.values()) {
      if (adjoint === undefined || phase === "input") continue;
      expect(progressOf(id, schedule, moments, moments.length).hasAdjoint).toBe(true);
      expect(progressOf(id, schedule, moments, 3).hasAdjoint).toBe(false);
    }
  });

  it("stop once for a folded layer", () => {
    const deep = blocks(12);
    const { graph: own, seen } = pictureOf(deep, () => []);
    const all = momentsOf(deep, own);
    const stops = stopsOf(all, seen.nameOf);
    expect(stops.length).toBeLessThan(60);
    expect(stops.at(-1)).toBe(all.length);
    expect(all.length).toBeGreaterThan(300);
  });

  it("are told in sentences with the step's own numbers, in both languages", () => {
    const say = (language: "en" | "zh", kind: string, k = 0): string =>
      narrate(
        language,
        data,
        graph,
        moments.filter((one) => one.kind === kind)[k],
        () => undefined,
      );
    expect(say("en", "loss")).toContain("0.006898");
    const through = (op: string, nth = 0): number =>
      moments
        .filter(({ kind }) => kind === "backward")
        .flatMap((one, at) =>
          one.kind === "backward" && data.nodes[one.through].op === op ? [at] : [],
        )[nth];
    expect(say("en", "backward", through("sigmoid"))).toMatch(
      /σ receives 0\.1175 from the loss, multiplies by its derivative 0\.1492 and hands 0\.01753/,
    );
    expect(say("en", "backward", through("mul", 1))).toMatch(
      /x² receives 0\.5 from the loss, multiplies by its derivative 0\.2349 and hands 0\.1175 to −[^,]*\.$/,
    );
    expect(say("zh", "backward", through("sigmoid"))).toMatch(/收到 0\.1175.*0\.1492.*0\.01753/);
    expect(say("en", "update")).toContain("its 6 numbers change by 0.0563 %");
    expect(say("en", "update", 1)).toContain("from 0.7, 0.8, 0.9 to 0.699, 0.7989, 0.8989");
    expect(say("zh", "forward")).toContain("0.37");
  });
});

describe("other parts of the explorer", () => {
  it("finds the network behind linear layers, the dense parts of others, and none where there is none", () => {
    const data = byHand();
    const [network, ...rest] = networksOf(data);
    expect(rest).toEqual([]);
    expect(unitsOf(network)).toEqual([2, 3, 1, 1]);
    expect(network).toMatchObject({ samples: 1, isLast: true });
    expect(data.nodes[network.layers[0].output].op).toBe("sigmoid");
    expect(networksOf(blocks(2)).map((one) => [unitsOf(one), one.isLast])).toEqual([
      [[4, 4, 1], false],
      [[4, 4, 1], false],
      [[4, 1, 1], true],
    ]);
    expect(networksOf(trace((x) => x.sum(), [[1, 2]]).toJSON())).toEqual([]);
  });

  it("unfolds the dense layers behind a convolution, with their activation, and a box of them alone", () => {
    const layers = [new nn.Conv2d(1, 2, 3), new nn.Flatten(), new nn.Linear(8, 5), new nn.GELU()];
    const model = nn.named(new nn.Sequential(...layers, new nn.Linear(5, 3), new nn.Linear(3, 2)));
    const step = (x: Tensor): Tensor => {
      const loss = model.forward(x.reshape([3, 1, 4, 4])).sum();
      loss.backward();
      return loss;
    };
    const data = trace(step, [Array.from({ length: 48 }, (_, k) => Math.sin(k))]).toJSON();
    const [network] = networksOf(data);
    expect(unitsOf(network)).toEqual([8, 5, 3, 2, 1]);
    expect(network.samples).toBe(3);
    expect(data.nodes[network.layers[0].output]).toMatchObject({ op: "call" }); // the GELU
    expect(data.nodes[network.input].shape).toEqual([3, 2, 2, 2]);
    const part = partOf(data, network, new Set([network.layers[1].product]))!;
    expect([unitsOf(part), part.isLast]).toEqual([[5, 3, 1], false]);
    expect(part.input).toBe(network.layers[0].output);
    expect(partOf(data, network, new Set([0]))).toBeUndefined();
  });

  it("draws of a large layer the units with the largest values, and the strongest lines", () => {
    const values = Array.from({ length: 784 }, (_, k) => (k % 48 === 7 ? -k : 0.001));
    const drawn = drawnOf(784, values);
    expect(drawn).toEqual(Array.from({ length: 16 }, (_, k) => 55 + 48 * k)); // 7 is the smallest of the 17
    const { columns } = placed([
      { units: 784, drawn },
      { units: 64, drawn: drawnOf(64, undefined) },
    ]);
    const lines = linesOf(...(columns as [(typeof columns)[0], (typeof columns)[0]]), {
      length: 784 * 64,
      ...Object.fromEntries(Array.from({ length: 784 * 64 }, (_, k) => [k, k % 2 === 0 ? 0 : k])),
    } as ArrayLike<number>);
    expect(lines.length).toBe(400);
    expect(lines[0].element).toBe(63 * 784 + drawn.at(-1)!);
    expect(new Set(columns[1].ys).size).toBe(64);
  });

  it("measures how far two steps lie apart", () => {
    const [a, b] = [byHand(), byHand()];
    expect(isComparable(a, b)).toBe(true);
    expect(isComparable(a, blocks(1))).toBe(false);
    const weight = a.nodes.find(({ name }) => name === "model.layers.2.weight")!;
    const moved = { ...weight, values: weight.values.map((w) => 1.1 * w) };
    expect(changeOf(moved, b.nodes[weight.id])).toBeCloseTo(0.1, 9);
    const changed = { ...a, nodes: a.nodes.map((node) => (node.id === weight.id ? moved : node)) };
    expect(largestChanges(changed, b)).toEqual([
      { node: weight.id, value: expect.closeTo(0.1, 9), adjoint: 0 },
    ]);
    expect(largestChanges(a, b)).toEqual([]);
    const after = {
      ...b,
      nodes: b.nodes.map((node) => (node.id === weight.adjoint ? moved : node)),
    };
    expect(largestChanges(after, b).map(({ node }) => node)[0]).toBe(weight.id);
    const loss = b.nodes[b.loss.node];
    expect(changeText(loss, loss)).toBe("Δ 0");
    expect(changeText({ ...loss, values: [loss.values[0] - 0.5] }, loss)).toBe("Δ −0.5");
  });

  it("finds elements in a heat map, and shows of a large tensor the part around one", () => {
    const matrix = tilesOf([3, 4], 0);
    expect(matrix.elementAt(0.99, 0.99)).toBe(11);
    expect(matrix.elementAt(0, 0.99)).toBe(8);
    const maps = tilesOf([2, 8, 6, 6], 300);
    expect(maps.from).toBe(0);
    expect(maps.count).toBe(16 * 36);
    const large = tilesOf([4000, 1000], 2_345_678);
    expect(large.count).toBeLessThanOrEqual(16_384);
    expect(large.from).toBeLessThanOrEqual(2_345_678);
    expect(large.from + large.count).toBeGreaterThan(2_345_678);
    expect(tilesOf([7], 3).elementAt(0.99, 0.5)).toBe(6);
  });

  it("shows the weights of images as images, and those of other units as they are", () => {
    const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 10));
    const optimizer = new optim.SGD(model, { learningRate: 0.1 });
    const step = (images: Tensor, labels: Tensor): Tensor => {
      const loss = losses.crossEntropy(model.forward(images), labels);
      optimizer.step(loss.backward());
      return loss;
    };
    const inputs = [
      tensor(
        Array.from({ length: 128 }, (_, k) => k / 128),
        { shape: [2, 64] },
      ),
      tensor([1, 2], { dtype: "int32" }),
    ];
    const named = trace(step, inputs, { names: ["images", "labels"] }).toJSON();
    const rows = imageRows(named);
    const [first, second] = named.updates.filter(({ name }) => name.endsWith("weight"));
    for (const id of [first.before, first.after, named.nodes[first.before].adjoint!])
      expect(rows.get(id)).toEqual([64, 8, 8]);
    for (const id of [second.before, second.after]) expect(rows.has(id)).toBe(false);
    expect(imageRows(trace(step, inputs, { names: ["x", "y"] }).toJSON()).size).toBe(0);
  });

  it("writes numbers and places for people", () => {
    expect(shown(-0.000000321)).toBe("−3.21e−7");
    expect(shown(Number.NaN)).toBe("NaN");
    expect(placeOf(7, [2, 4])).toBe("[1, 3]");
    expect(placeOf(0, [1, 1])).toBe("");
  });
});

function contains(a: Place, b: Place): boolean {
  return (
    a.x <= b.x && a.y <= b.y && b.x + b.width <= a.x + a.width && b.y + b.height <= a.y + a.height
  );
}

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function hasCircle(edges: readonly (readonly [string, string])[]): boolean {
  const open = new Map<string, number>();
  for (const [, to] of edges) open.set(to, (open.get(to) ?? 0) + 1);
  const names = new Set(edges.flat());
  const ready = [...names].filter((name) => !open.has(name));
  let done = 0;
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    done++;
    for (const [from, to] of edges) {
      if (from !== name) continue;
      open.set(to, open.get(to)! - 1);
      if (open.get(to) === 0) ready.push(to);
    }
  }
  return done < names.size;
}

describe("what is chosen", () => {
  const chosen = (nodes: StepTrace, is: (node: StepTrace["nodes"][number]) => boolean) =>
    chosenIn({ kind: "node", node: nodes.nodes.find(is)!.id, element: 2 }, nodes);

  it("stays the same node in another iteration", () => {
    const choice = chosen(blocks(3), ({ op }) => op === "tanh");
    expect(stillChosen(choice, blocks(3))).toEqual(choice.selection);
  });

  it("is found by its name in a program of another depth", () => {
    const name = "model.out.weight";
    const other = blocks(1);
    const found = stillChosen(
      chosen(blocks(3), (node) => node.name === name),
      other,
    );
    expect(found).toMatchObject({ kind: "node", element: 2 });
    expect(found?.kind === "node" && other.nodes[found.node].name).toBe(name);
  });

  it("is given up where the other program has nothing of that name", () => {
    const [deep, flat] = [blocks(3), blocks(1)];
    expect(
      stillChosen(
        chosen(deep, ({ op }) => op === "tanh"),
        flat,
      ),
    ).toBeUndefined();
    expect(
      stillChosen(
        chosen(deep, ({ name }) => name === "model.blocks.2.linear.weight"),
        flat,
      ),
    ).toBe(undefined);
  });
});
