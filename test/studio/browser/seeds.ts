// Numbers on the screen: what the explorer shows of the lessons' small networks, read off the page as a reader would (every
// element's value, adjoint and finite difference, the picture of neurons, the weights after the update), equals the golden
// `seeds` values to the digits that are shown. Without the golden folder the numbers printed with them are compared.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { en } from "../../../studio/src/language/en.ts";
import { readFolder } from "../../golden/folder.ts";
import { Reader } from "./read-numbers.ts";

type Values = readonly number[];
type Numbers = Readonly<Record<string, Values | undefined>>;

interface Network {
  readonly lesson: string;
  /** The golden case. */
  readonly op: string;
  /** Nodes of the graph: the title, which one of that title, and names of golden values. */
  readonly nodes: readonly (readonly [
    title: string,
    which: number,
    value?: string,
    adjoint?: string,
  ])[];
  /** Parameters: before, gradient, afterwards. */
  readonly parameters: readonly (readonly [
    title: string,
    which: number,
    before: string,
    gradient: string,
    after: string,
  ])[];
  /** Losses by update. */
  readonly losses: string;
  /** What the units of the picture of neurons show at the end, and what stands below them. */
  readonly units: readonly string[];
  readonly below: readonly string[];
  /** Numbers that were printed with the golden values. */
  readonly printed: Numbers;
}

export const networks: readonly Network[] = [
  {
    lesson: "two-three-one",
    op: "seed_sigmoid_2_3_1",
    nodes: [
      ["Σ wx", 0, "z1", "delta1"],
      ["σ", 0, "a1"],
      ["Σ wx", 1, "z2", "delta2"],
      ["σ", 1, "y"],
    ],
    parameters: [
      ["layers.0.weight", 0, "W1", "dW1", "W1_after_1"],
      ["layers.2.weight", 0, "W2", "dW2", "W2_after_1"],
    ],
    losses: "losses",
    units: ["x", "a1", "y", "loss"],
    below: ["delta1", "delta2"],
    printed: {
      x: [0.5, 0.8],
      W1: [0.1, 0.4, 0.2, 0.5, 0.3, 0.6],
      W2: [0.7, 0.8, 0.9],
      z1: [0.37, 0.5, 0.63],
      a1: [0.5914589784, 0.6224593312, 0.6524894622],
      z2: [1.4992292658],
      y: [0.8174594958],
      loss: [0.006898366576],
      losses: [0.006898366576, 0.00685978],
      delta2: [0.0175272435],
      delta1: [0.00296464, 0.0032951738, 0.0035768243],
      dW2: [0.0103666456, 0.0109099963, 0.0114363417],
      dW1: [0.00148232, 0.002371712, 0.0016475869, 0.0026361391, 0.0017884122, 0.0028614595],
      W2_after_1: [0.6989633354, 0.7989090004, 0.8988563658],
      W1_after_1: [
        0.099851768, 0.3997628288, 0.1998352413, 0.4997363861, 0.2998211588, 0.5997138541,
      ],
    },
  },
  {
    lesson: "linear-regression",
    op: "seed_linear_regression",
    nodes: [["+", 0, "y_0", "db_0"]],
    parameters: [
      ["weight", 0, "W", "dW_0", "W_after_1"],
      ["bias", 0, "b", "db_0", "b_after_1"],
    ],
    losses: "half_squared_error",
    units: ["x", "y_0", "loss"],
    below: ["db_0"],
    printed: {
      x: [1, 2],
      W: [0.1, 0.2],
      b: [0.3],
      y_0: [0.8],
      dW_0: [-2.2, -4.4],
      db_0: [-2.2],
      W_after_1: [0.122, 0.244],
      b_after_1: [0.322],
      half_squared_error: [2.42, 2.42 * 0.8836],
    },
  },
  {
    lesson: "relu-bce",
    op: "seed_relu_bce_2_3_1",
    nodes: [
      ["+", 0, "z1_0"],
      ["relu", 0, "h_0"],
      ["+", 1, "z2_0"],
      ["σ", 0, "y_0"],
    ],
    parameters: [
      ["weight", 0, "W1", "dW1_0", "W1_after_1"],
      ["bias", 0, "b1", "db1_0", "b1_after_1"],
      ["weight", 1, "W2", "dW2_0", "W2_after_1"],
      ["bias", 1, "b2", "db2_0", "b2_after_1"],
    ],
    losses: "losses",
    units: [],
    below: [],
    printed: {
      W1: [0.1, 0.4, 0.2, 0.5, 0.3, 0.6],
      b1: [0.1, 0.2, 0.3],
      W2: [0.7, -0.8, 0.9],
      b2: [0.1],
      z1_0: [1, 1.4, 1.8, 1.5, 2.1, 2.7, 2, 2.8, 3.6, 2.5, 3.5, 4.5],
      losses: [0.925837],
    },
  },
];

const shared = process.env.CHAINRULE_SHARED ?? resolve(import.meta.dirname, "../../../../shared");
const golden = join(shared, "golden");

/** Whether the golden values are there. */
export const hasGolden: boolean = existsSync(join(golden, "index.json"));

/** Compares a lesson's page, which is open, with the values. */
export async function checkNumbers(page: Page, network: Network): Promise<string[]> {
  const { printed, nodes, parameters, losses, units, below } = network;
  const stored = hasGolden ? await storedNumbers(network.op) : {};
  const wrong = Object.entries(printed).flatMap(([name, values]) =>
    stored[name] === undefined ? [] : misprints(name, values!, stored[name]),
  );
  const expected: Numbers = { ...printed, ...stored };
  const reader = new Reader(page, en);
  await reader.open();
  for (const [title, which, value, adjoint] of nodes) {
    await reader.choose(title, which);
    await reader.compare(value, value === undefined ? undefined : expected[value], "value");
    await reader.compare(adjoint, adjoint === undefined ? undefined : expected[adjoint], "adjoint");
  }
  for (const [title, which, before, gradient] of parameters) {
    await reader.choose(title, which);
    await reader.compare(before, expected[before], "value");
    await reader.compare(gradient, expected[gradient], "adjoint");
  }
  await reader.compareLoss(expected[losses]![0]);
  if (units.length > 0) {
    const shown = units.flatMap((name) =>
      name === "loss" ? [expected[losses]![0]] : expected[name]!,
    );
    await reader.compareNeurons(
      shown,
      below.flatMap((name) => expected[name]!),
      parameters.flatMap(([title, , , gradient, after]) =>
        title.includes("weight") ? [[expected[gradient]!, expected[after]!] as const] : [],
      ),
    );
  }
  await reader.update();
  for (const [title, which, , , after] of parameters) {
    if (expected[after] === undefined) continue;
    await reader.choose(title, which);
    await reader.compare(after, expected[after], "value");
  }
  if (expected[losses]!.length > 1) await reader.compareLoss(expected[losses]![1]);
  return [...wrong, ...reader.wrong];
}

/** The golden inputs, parameters and outputs by name. */
async function storedNumbers(op: string): Promise<Numbers> {
  const [seed] = await readFolder(golden, { group: "seeds", op });
  const of = (role: "input" | "param" | "output"): [string, Values][] => {
    const all = role === "input" ? seed.inputs : role === "param" ? seed.params : seed.outputs;
    return all.map((one) => [one.name, Array.from(seed.stored(role, one).data, Number)]);
  };
  return Object.fromEntries([...of("input"), ...of("param"), ...of("output")]);
}

/** Where printed numbers are not the stored ones, to the digits that were printed. */
function misprints(name: string, printed: Values, stored: Values): string[] {
  return printed.flatMap((value, k) =>
    Math.abs(value - stored[k]) <= 1e-6 * Math.abs(value) + 1e-12
      ? []
      : [`${name}[${k}] was printed as ${value} and is stored as ${stored[k]}`],
  );
}
