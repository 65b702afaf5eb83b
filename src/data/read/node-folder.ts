// Folders in Node: which files they have, with links followed, as paths with "/" relative to the folder, and their classes.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { checkFunction } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { cannotRead } from "../../formats/node-files.ts";
import { byClass, type ClassFiles } from "./class-folders.ts";
import { pathOf } from "./node-files.ts";

/** Paths of all files below a folder, without hidden ones. Errors: `MISSING_FILE`, `BAD_FILE`. */
export function filesBelow(folder: string | URL): readonly string[] {
  const root = resolve(pathOf(folder));
  try {
    return walked(root, "", 0);
  } catch (cause) {
    throw cannotRead(root, { fix: "Name a folder with one folder per class." }, cause);
  }
}

/** Which files of a folder are read, and what their classes are. */
export interface FolderOptions {
  /** The class of a file by its name; default: the folder that it is in. */
  readonly label?: (file: string) => string;
  /** Which files to read, by their names; default: all of the kind. */
  readonly filter?: (file: string) => boolean;
}

/** Names of the options, for whoever takes them. */
export const folderNames: OptionNames<FolderOptions> = { label: true, filter: true };

/** Paths of the files that are wanted of a folder. Errors: `BAD_ARGUMENT` for options that are no functions, and as `filesBelow`. */
export function wantedFiles(
  op: string,
  root: string,
  { label, filter }: FolderOptions,
): readonly string[] {
  if (label !== undefined) checkFunction(op, "label", label);
  if (filter === undefined) return filesBelow(root);
  checkFunction(op, "filter", filter);
  return filesBelow(root).filter((path) => filter(basename(path)));
}

/** Files of a folder sorted by class. Errors: `BAD_ARGUMENT` where `label` gives no text, `BAD_FILE` where a file has no class. */
export function classesOf(
  op: string,
  root: string,
  paths: readonly string[],
  label: FolderOptions["label"],
): ClassFiles<string> {
  const placed = paths.map((path) => {
    const within = label === undefined ? path : `${classNamed(op, path, label)}/${path}`;
    return [within, join(root, path)] as const;
  });
  return byClass(op, root, placed, ", or say a file's class by { label: (name) => … }");
}

function classNamed(op: string, path: string, label: (file: string) => string): string {
  const name: unknown = label(basename(path));
  if (typeof name === "string" && name !== "" && !name.includes("/")) return name;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `label gave ${showValue(name)} for ${basename(path)}`,
    fix: "Return the name of a class, a text without a slash; leave files out by filter.",
    detail: { file: path },
  });
}

/** Reads a whole file at once, for readers that cannot wait. Errors: `MISSING_FILE`, `BAD_FILE`. */
export function readNow(path: string): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw cannotRead(resolve(path), {}, cause);
  }
}

/** A file of a class as a reader of single files takes it; `path` is relative to the folder. */
export function fileItem({
  file,
  path,
  label,
}: {
  readonly file: string;
  readonly path: string;
  readonly label: number;
}): {
  readonly name: string;
  readonly label: number;
  readonly bytes: () => Uint8Array;
  readonly fingerprint: () => string;
} {
  return {
    name: file,
    label,
    bytes: () => readNow(file),
    fingerprint: () => `${path} ${sizeNow(file)}`,
  };
}

/** Bytes of a file. Errors: `MISSING_FILE`, `BAD_FILE`. */
function sizeNow(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw cannotRead(resolve(path), {}, cause);
  }
}

/** Folders in folders that are looked into; a link to a folder above would have no end. */
const deepest = 16;

function walked(root: string, below: string, depth: number): string[] {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const kind = entry.isSymbolicLink() ? statSync(join(root, path)) : entry;
    if (kind.isDirectory()) return depth < deepest ? walked(root, path, depth + 1) : [];
    return kind.isFile() ? [path] : [];
  });
}
