// What the matrix has rows of: every op of the registry, and every function and layer of the public surface. What has no
// case makes a row that fails.

import * as library from "../../src/index.ts";
import { allOps, type OpDefinition } from "../../src/ir/op.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { functionCases } from "./cases/index.ts";
import {
  functionSubject,
  type MatrixCase,
  opSubject,
  type Row,
  rowsOf,
  type Subject,
} from "./matrix.ts";

/** Public functions that compute no tensor from tensors, and layers that do not map tensors, with the reason. */
export const outside: Readonly<Record<string, string>> = {
  backward: "as `gradients`, for the parameters of a model",
  gradcheck: "it compares derivatives",
  compile: "it runs functions",
  currentTarget: "a setting",
  fit: "the loop of training",
  fixed: "it marks a number",
  memory: "a report",
  seed: "a setting",
  setTarget: "a setting",
  threads: "a setting",
  ChainruleError: "an error",
  Generator: "a source of random numbers",
  Gradients: "what `backward` gives",
  Parameter: "state",
  State: "state",
  Tensor: "its methods are the functions",
  "nn.AttentionCache": "state of attention",
  "nn.countParameters": "it walks a model",
  "nn.freeze": "it walks a model",
  "nn.fromTorch": "it renames tensors of a file",
  "nn.loadState": "it walks a model",
  "nn.named": "it walks a model",
  "nn.namedState": "it walks a model",
  "nn.parameter": "state",
  "nn.parameters": "it walks a model",
  "nn.saveState": "it walks a model",
  "nn.states": "it walks a model",
  "nn.summary": "a report",
  "nn.toTorch": "it renames state",
  "nn.torchPath": "it translates a name",
  "nn.unfreeze": "it walks a model",
  "nn.walk": "it walks a model",
};

/** Parts of the matrix. */
export const parts = ["Ops", "Functions", "Layers", "Losses"] as const;
export type Part = (typeof parts)[number];

/** Ops that have no samples, by the case of the function that records them. */
const recordedBy: Readonly<Record<string, string>> = {
  call: "customVjp",
  checkpoint: "checkpoint",
  scan: "scan",
};

type Callable = (...xs: Tensor[]) => Tensor;

/** All exported functions and layers, by the name that a program writes. */
export function publicCallables(): ReadonlyMap<string, Callable> {
  const { losses, audio, nn } = library;
  const groups: readonly (readonly [string, object])[] = [
    ["", library],
    ["losses.", losses],
    ["audio.", audio],
    ["nn.", nn],
  ];
  return new Map(
    groups.flatMap(([prefix, group]) =>
      Object.entries(group)
        .filter(([name, value]) => typeof value === "function" && !(prefix + name in outside))
        .map(([name, value]) => [prefix + name, value] as const),
    ),
  );
}

/** What the matrix has rows of, by part, in the order of names. */
export function subjects(): Readonly<Record<Part, readonly Subject[]>> {
  const cases = casesByName();
  const ops = new Map(allOps().map((op) => [op.name, op]));
  const callables = [...publicCallables()].map(([name, f]) => subjectOf(name, f, cases, ops));
  const isLayer = ({ name }: Subject): boolean => /^nn\.[A-Z]/.test(name);
  const isLoss = ({ name }: Subject): boolean => name.startsWith("losses.");
  return {
    Ops: sorted(allOps().map((op) => opRow(op, cases))),
    Functions: sorted(callables.filter((s) => !isLayer(s) && !isLoss(s))),
    Layers: sorted(callables.filter(isLayer)),
    Losses: sorted(callables.filter(isLoss)),
  };
}

/** The matrix itself. */
export function matrix(): Readonly<Record<Part, readonly Row[]>> {
  const found = subjects();
  const rows = rowsOf(parts.flatMap((part) => found[part]));
  return Object.fromEntries(
    parts.map((part) => [part, rows.splice(0, found[part].length)]),
  ) as Record<Part, Row[]>;
}

type Cases = ReadonlyMap<string, readonly MatrixCase[]>;

function opRow(op: OpDefinition, cases: Cases): Subject {
  const by = cases.get(recordedBy[op.name]);
  return by === undefined ? opSubject(op) : functionSubject(op.name, by);
}

/** Cases by the name that their titles begin with. */
function casesByName(): Cases {
  const found = new Map<string, MatrixCase[]>();
  for (const entry of functionCases) {
    const name = entry[0].split(" ")[0];
    found.set(name, [...(found.get(name) ?? []), entry]);
  }
  return found;
}

/** A function's cases; one that is an op by the same name has its samples. */
function subjectOf(
  name: string,
  f: Callable,
  cases: Cases,
  ops: ReadonlyMap<string, OpDefinition>,
): Subject {
  const own = cases.get(name);
  if (own !== undefined) return functionSubject(name, own);
  const op = ops.get(name);
  if (op?.body.kind === "scalar") return opSubject(op, f);
  return { name, runs: [], wrong: `no case in test/ops/cases: add one named "${name}"` };
}

function sorted(subjects: readonly Subject[]): Subject[] {
  const key = ({ name }: Subject): string => name.toLowerCase();
  return [...subjects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
