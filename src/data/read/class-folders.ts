// Files in one folder per class, by their paths: what the classes are, and which file is in which.

import { ChainruleError } from "../../core/errors.ts";

/** Files with the number of their class, ordered by class and path. */
export interface ClassFiles<File> {
  /** Names of the folders, in ascending order. */
  readonly classes: readonly string[];
  readonly files: readonly { readonly path: string; readonly label: number; readonly file: File }[];
}

/**
 * Sorts files of a folder, paths relative to it, by the first part of their paths: `cat/1.png` is a `cat`. Errors:
 * `BAD_FILE` where a file is in no folder of a class; `hint` says what else may be done than put it into one.
 */
export function byClass<File>(
  op: string,
  folder: string,
  files: readonly (readonly [path: string, file: File])[],
  hint = "",
): ClassFiles<File> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const loose = sorted.find(([path]) => !path.includes("/"));
  if (loose !== undefined || sorted.length === 0) throw noClasses(op, folder, loose?.[0], hint);
  const classes = [...new Set(sorted.map(([path]) => classOf(path)))].sort();
  const numbers = new Map(classes.map((name, k) => [name, k]));
  return {
    classes,
    files: sorted.map(([path, file]) => ({ path, file, label: numbers.get(classOf(path))! })),
  };
}

function classOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

function noClasses(
  op: string,
  folder: string,
  loose: string | undefined,
  hint: string,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op,
    problem:
      loose === undefined
        ? `${folder} has no files of this kind in its folders`
        : `${folder} has ${loose} outside of any class`,
    fix: `Put the files into one folder per class, such as ${folder}/cat and ${folder}/dog${hint}.`,
    detail: { folder, file: loose },
  });
}
