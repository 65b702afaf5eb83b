// Folders in Node: which files they have, with links followed, as paths with "/" relative to the folder.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cannotRead } from "../../formats/node-files.ts";
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

/** Reads a whole file at once, for readers that cannot wait. Errors: `MISSING_FILE`, `BAD_FILE`. */
export function readNow(path: string): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
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
