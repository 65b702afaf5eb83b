// What the package ships: few files, one copy of everything behind all entries, no Node module where browsers load it.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";
import { beforeAll, expect, it } from "vitest";
import parts from "../../rolldown.config.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, Entry | string>>;
  readonly sideEffects: readonly string[];
  /** Files, and those that browsers get in their place. */
  readonly browser: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const chunks = new Map<string, OutputChunk>();

beforeAll(async () => {
  const [library] = parts;
  const bundle = await rolldown({ ...library, cwd: root });
  const { output } = await bundle.generate(library.output);
  for (const file of output) if (file.type === "chunk") chunks.set(file.fileName, file);
});

/** The files that are loaded with a file, and the modules from outside that they import. */
function loadedWith(fileName: string): Set<string> {
  const found = new Set([fileName]);
  for (const name of found) for (const other of chunks.get(name)?.imports ?? []) found.add(other);
  return found;
}

interface Entry {
  readonly default: string;
  readonly node?: Entry;
}

/** A file's path in the manifest. */
const inDist = (name: string): string => `./dist/${name}`;

/** The files of the package's entries, in Node or in browsers. */
function entryFiles(where: "node" | "browser"): string[] {
  const entries = Object.values<Entry | string>(manifest.exports);
  return entries.flatMap((entry) => {
    if (typeof entry === "string") return [];
    const { default: file } = (where === "node" ? entry.node : undefined) ?? entry;
    return [posix.relative("dist", file)];
  });
}

it("has a file for every entry", () => {
  for (const file of [...entryFiles("node"), ...entryFiles("browser")])
    expect(chunks.get(file)?.isEntry, file).toBe(true);
});

it("has every module once", () => {
  const modules = [...chunks.values()].flatMap((chunk) => chunk.moduleIds);
  expect(new Set(modules).size).toBe(modules.length);
  expect(modules.length).toBeGreaterThan(150);
});

it("loads the main entry from few files, and the digits only when they are asked for", () => {
  const loaded = loadedWith("index.js");
  expect(loaded.size).toBeLessThanOrEqual(5);
  const modules = [...loaded].flatMap((file) => chunks.get(file)!.moduleIds);
  expect(modules.filter((id) => id.includes("digits"))).toEqual([join(root, "src/data/digits.ts")]);
});

it("loads no Node module in browsers", () => {
  const outside = entryFiles("browser").flatMap((file) =>
    [...loadedWith(file)].filter((name) => !chunks.has(name)),
  );
  expect(outside).toEqual([]);
  expect([...loadedWith("train/node.js")]).toContain("node:fs");
});

it("gives browsers a stub with all that they import of native code, and none of it", () => {
  const [[native, stub]] = Object.entries(manifest.browser);
  const files = new Set(entryFiles("browser").flatMap((file) => [...loadedWith(file)]));
  const imported = [...files].flatMap((file) => namesImported(file, posix.basename(native)));
  expect(imported).toContain("nativeMacro");
  expect(files.delete(posix.relative("dist", native))).toBe(true);
  files.add(posix.relative("dist", stub));
  expect(chunks.get(posix.relative("dist", stub))?.exports).toEqual(
    expect.arrayContaining(imported),
  );
  const modules = [...files].flatMap((file) => chunks.get(file)!.moduleIds);
  expect(modules.filter((id) => /src\/runtime\/(native|blas)\//.test(id))).toEqual([
    join(root, "src/runtime/native/browser.ts"),
  ]);
});

/** What a file imports by name from another, of which the last part of the path is given. */
function namesImported(fileName: string, from: string): string[] {
  const statements = chunks.get(fileName)!.code.matchAll(/^import \{(.*)\} from "(.*)";$/gm);
  return [...statements]
    .filter(([, , path]) => posix.basename(path) === from)
    .flatMap(([, names]) => names.split(",").map((name) => name.trim().split(" as ")[0]));
}

it("leaves the ops out of data and formats, and names what has effects", () => {
  for (const file of ["data/index.js", "formats/index.js"]) {
    const loaded = [...loadedWith(file)].map(inDist);
    expect(loaded.filter((name) => manifest.sideEffects.includes(name))).toEqual([]);
  }
  for (const name of manifest.sideEffects)
    if (name !== "./dist/cli/main.js")
      expect(chunks.has(posix.relative("dist", name)), name).toBe(true);
  const ops = [...chunks.values()].filter((chunk) => chunk.code.includes("defineOp("));
  for (const chunk of ops) expect(manifest.sideEffects).toContain(inDist(chunk.fileName));
});
