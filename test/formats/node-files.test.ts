import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import {
  fileSource,
  loadNpy,
  loadSafetensors,
  readFileOrExplain,
  readTextOrExplain,
  saveSafetensors,
  writeFileAtomic,
} from "../../src/formats/node.ts";
import { refusal } from "./damage.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-files-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("writeFileAtomic writes bytes and text, replaces, and leaves no other file", async () => {
  const path = join(folder, "run.json");
  await writeFileAtomic(path, "first");
  await writeFileAtomic(path, '{"å": 1}');
  expect(await readTextOrExplain(path)).toBe('{"å": 1}');
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
  expect(await readFileOrExplain(path)).toEqual(Uint8Array.of(1, 2, 3));
  expect(readdirSync(folder)).toEqual(["run.json"]);
});

test.each<[string, () => unknown]>([
  ["nothing", () => readFileOrExplain(undefined as never)],
  ["an empty path", () => writeFileAtomic("", "text")],
  ["a number", () => loadSafetensors(5 as never)],
  ["no path of arrays", () => loadNpy("")],
  ["a URL", () => fileSource(new URL("file:///tmp/a") as never)],
])("%s is no path", async (_, use) => {
  const error = await refusal(use);
  expect(error.code).toBe("BAD_ARGUMENT");
  expect(error.message).toMatch(
    /^needs the path of a file; received (undefined|""|5|a URL)\. Pass/,
  );
});

test("a failed write keeps the old content and removes the temporary file", async () => {
  const target = join(folder, "taken");
  mkdirSync(target);
  writeFileSync(join(target, "inside"), "kept");
  const error = await refusal(() => writeFileAtomic(target, "new")); // a rename onto a folder fails
  expect(error.code).toBe("WRITE_FAILED");
  expect(error.message).toContain(target);
  expect(readdirSync(folder)).toEqual(["taken"]);
  expect(readFileSync(join(target, "inside"), "utf8")).toBe("kept");
});

test("a missing folder is named", async () => {
  const error = await refusal(() => writeFileAtomic(join(folder, "no", "file"), "x"));
  expect(error.code).toBe("WRITE_FAILED");
  expect(error.message).toMatch(/the folder does not exist/);
});

test("twenty writers at once leave one whole content", async () => {
  const path = join(folder, "shared");
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(5000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(readFileSync(path, "utf8"));
  expect(readdirSync(folder)).toEqual(["shared"]);
});

test("reading explains what is missing and what to do", async () => {
  const path = join(folder, "model.safetensors");
  const options = { what: "the run's weights", fix: "Train first." };
  const missing = await refusal(() => readFileOrExplain(path, options));
  expect(missing.code).toBe("MISSING_FILE");
  expect(missing.message).toBe(`the run's weights (${path}) does not exist. Train first.`);
  const isFolder = await refusal(() => readFileOrExplain(folder));
  expect(isFolder.code).toBe("BAD_FILE");
  expect(isFolder.message).toMatch(/it is a folder/);
});

test("safetensors go to disk and back; a cut file is named", async () => {
  const path = join(folder, "model.safetensors");
  const weight: HostTensor = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) };
  await saveSafetensors(path, new Map([["weight", weight]]), { step: "3" });
  const { tensors, metadata } = await loadSafetensors(path);
  expect(tensors.get("weight")).toEqual(weight);
  expect(metadata).toEqual({ step: "3" });
  writeFileSync(path, readFileSync(path).subarray(0, 40));
  const error = await refusal(() => loadSafetensors(path));
  expect(error.code).toBe("BAD_FILE");
  expect(error.message).toContain(path);
});
