// A folder of golden cases: index.json lists them, one safetensors file per group holds their tensors.

import { join } from "node:path";
import { ChainruleError } from "../../src/core/errors.ts";
import type { HostTensor } from "../../src/core/host.ts";
import { sameShape, showShape } from "../../src/core/shape.ts";
import { readFileOrExplain, readTextOrExplain } from "../../src/formats/node.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { Attributes } from "./attributes.ts";

/** `[rtol, atol]`: accepted is `|g − r| ≤ atol + rtol·|r|`. */
export type Tolerance = readonly [relative: number, absolute: number];

/** One tensor of a case, as index.json describes it. */
export interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "F64" | "F32" | "I32" | "BOOL";
  /** Whether a gradient (of an input) or a cotangent (of an output) is stored. */
  readonly grad?: boolean;
  readonly cotangent?: boolean;
  readonly tol32?: Tolerance;
  readonly tol64?: Tolerance;
}

export type Role = "input" | "param" | "output" | "cotangent" | "grad";

/** One computation with its expected results. */
export interface GoldenCase {
  readonly id: string;
  readonly group: string;
  readonly op: string;
  readonly attributes: Attributes;
  /** Says in words which other results are right. */
  readonly expect?: { readonly alternative?: string };
  readonly inputs: readonly Described[];
  readonly params: readonly Described[];
  readonly outputs: readonly Described[];
  readonly cotangents: readonly Described[];
  readonly grads: readonly Described[];
  /** Reads a stored tensor. */
  stored(role: Role, tensor: Described): HostTensor;
}

/** Which cases to read: of one group, of one op. */
export interface Selection {
  readonly group?: string;
  readonly op?: string;
}

interface Index {
  readonly format: string;
  readonly groups: Readonly<Record<string, { readonly file: string }>>;
  readonly cases: readonly (Omit<GoldenCase, "attributes" | "stored"> & {
    readonly attributes: unknown;
  })[];
}

/** Reads the selected cases of a folder. A missing or damaged file is an error that names it. */
export async function readFolder(folder: string, only: Selection = {}): Promise<GoldenCase[]> {
  const index = await readIndex(folder);
  const chosen = index.cases.filter(
    ({ group, op }) => (only.group ?? group) === group && (only.op ?? op) === op,
  );
  if (chosen.length === 0) throw nothingChosen(folder, only, Object.keys(index.groups));
  const files = new Map<string, GroupFile>();
  for (const group of new Set(chosen.map((c) => c.group))) {
    files.set(group, await readGroup(join(folder, fileOf(folder, index, group))));
  }
  return chosen.map((described) => ({
    ...described,
    attributes: new Attributes(described.attributes),
    stored: (role, tensor) => find(files.get(described.group)!, described.id, role, tensor),
  }));
}

interface GroupFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

async function readGroup(path: string): Promise<GroupFile> {
  const bytes = await readFileOrExplain(path, { what: "a golden group's tensors" });
  return { path, tensors: decodeSafetensors(bytes, path).tensors };
}

async function readIndex(folder: string): Promise<Index> {
  const path = join(folder, "index.json");
  const text = await readTextOrExplain(path, {
    what: "the list of golden cases",
    fix: "Pass a folder that holds index.json and a safetensors file per group.",
  });
  let index: Partial<Index>;
  try {
    index = JSON.parse(text) as Partial<Index>;
  } catch (cause) {
    throw damaged(path, `is not JSON: ${(cause as Error).message}`);
  }
  if (index?.format !== "golden-1") throw damaged(path, "does not say format golden-1");
  const { groups, cases } = index;
  if (!Array.isArray(cases) || !groups) throw damaged(path, "lists no cases");
  for (const [k, described] of cases.entries()) checkCase(path, described, k);
  return index as Index;
}

function checkCase(path: string, described: Partial<GoldenCase>, k: number): void {
  const texts = [described?.id, described?.group, described?.op];
  const lists = ["inputs", "params", "outputs", "cotangents", "grads"] as const;
  if (texts.some((text) => typeof text !== "string")) {
    throw damaged(path, `has no id, group and op in case ${k}`);
  }
  const missing = lists.find((name) => !Array.isArray(described[name]));
  if (missing !== undefined) throw damaged(path, `has no ${missing} in case ${described.id}`);
}

function fileOf(folder: string, { groups }: Index, group: string): string {
  const file = groups[group]?.file;
  if (typeof file === "string") return file;
  throw damaged(join(folder, "index.json"), `names no file for group ${group}`);
}

function find({ path, tensors }: GroupFile, id: string, role: Role, wanted: Described): HostTensor {
  const name = `${id}/${role}/${wanted.name}`;
  const found = tensors.get(name);
  if (found === undefined) throw damaged(path, `has no tensor ${name}`);
  if (sameShape(found.shape, wanted.shape)) return found;
  const shapes = `${showShape(found.shape)}, where index.json says ${showShape(wanted.shape)}`;
  throw damaged(path, `has ${name} of shape ${shapes}`);
}

function nothingChosen(folder: string, only: Selection, groups: readonly string[]): ChainruleError {
  const asked = Object.entries(only).map(([key, value]) => `${key} ${value}`);
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "golden",
    problem: `${folder} has no cases${asked.length === 0 ? "" : ` of ${asked.join(", ")}`}`,
    fix: `Its groups are: ${groups.join(", ")}.`,
  });
}

function damaged(path: string, problem: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "golden",
    problem: `${path} ${problem}`,
    fix: "Check that the folder was copied completely.",
    detail: { path },
  });
}
