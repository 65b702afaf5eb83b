// The macro-kernel as the library gets it: who may have one, on which memory, in which thread; and that no page of code
// can be written. Skipped where there is none, apart from the reasons.

import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bindMacro, type NativeMacro, nativeMacro } from "../../src/runtime/native/native.ts";
import { errorOf, productPages } from "./products.ts";

const shape = { rows: 13, columns: 45, depth: 17 };

function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: productPages, maximum: 64, shared: true });
}

const probe = nativeMacro(sharedMemory());
const available = !("off" in probe);

describe("native kernels that are not in use", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("say that the user switched them off", () => {
    vi.stubEnv("CHAINRULE_NATIVE", "off");
    expect(nativeMacro(sharedMemory())).toEqual({ off: "CHAINRULE_NATIVE=off" });
    vi.stubEnv("CHAINRULE_NATIVE", "yes");
    expect(() => nativeMacro(sharedMemory())).toThrow(/CHAINRULE_NATIVE is "yes"/);
    vi.stubEnv("CHAINRULE_NATIVE", "off");
  });

  test.runIf(!available)("say why", () => {
    expect(probe).toEqual({ off: expect.stringMatching(/koffi|CHAINRULE_NATIVE=on|AVX2|allow/) });
  });

  test.each([
    ["darwin", "arm64"],
    ["win32", "x64"],
    ["linux", "riscv64"],
  ])("on %s %s wait to be asked for", (platform, arch) => {
    const { platform: ownPlatform, arch: ownArch } = process;
    try {
      Object.defineProperty(process, "platform", { value: platform });
      Object.defineProperty(process, "arch", { value: arch });
      const { off } = nativeMacro(sharedMemory()) as { off: string };
      expect(off).toMatch(`not tried on ${platform} ${arch} yet; CHAINRULE_NATIVE=on`);
    } finally {
      Object.defineProperty(process, "platform", { value: ownPlatform });
      Object.defineProperty(process, "arch", { value: ownArch });
    }
  });
});

describe.skipIf(!available)("a native macro-kernel", () => {
  test.each(["float32", "float64"] as const)(
    "multiplies %s in the memory it was made for",
    (dtype) => {
      const [first, second] = [sharedMemory(), sharedMemory()];
      const elementBytes = dtype === "float64" ? 8 : 4;
      for (const memory of [first, second]) {
        const macro = nativeMacro(memory, dtype) as NativeMacro;
        expect(errorOf(memory, { ...macro, elementBytes }, shape, true)).toBeLessThan(4);
        if (macro.inPlace === undefined) continue;
        const inPlace = { ...macro, ...macro.inPlace, elementBytes, layout: "rows" } as const;
        expect(errorOf(memory, inPlace, shape, true)).toBeLessThan(4);
      }
    },
  );

  test("can be imported by WebAssembly as it is", async () => {
    const memory = sharedMemory();
    const macro = nativeMacro(memory) as NativeMacro;
    const call = await throughWebAssembly(macro.call);
    expect(errorOf(memory, { ...macro, call, elementBytes: 4 }, shape, false)).toBeLessThan(4);
  });

  test("works by its address, and after the memory has grown", () => {
    const memory = sharedMemory();
    const macro = nativeMacro(memory) as NativeMacro;
    memory.grow(32);
    const call = bindMacro(macro.address);
    expect(errorOf(memory, { ...macro, call, elementBytes: 4 }, shape, false)).toBeLessThan(4);
  });

  test("works in another thread by its address", async () => {
    const memory = sharedMemory();
    const macro = nativeMacro(memory) as NativeMacro;
    const descriptors: number[] = [];
    const noted = { ...macro, elementBytes: 4, call: (d: number) => descriptors.push(d) } as const;
    // Packs and describes the product; nothing has computed it yet.
    expect(errorOf(memory, noted, shape, false)).toBeGreaterThan(100);
    const before = new Uint8Array(memory.buffer).slice();
    await callInWorker(memory, macro.address, descriptors[0]);
    const after = new Uint8Array(memory.buffer).slice();
    new Uint8Array(memory.buffer).set(before);
    macro.call(descriptors[0]);
    expect(after).toEqual(new Uint8Array(memory.buffer).slice());
    expect(after).not.toEqual(before);
  });

  test.runIf(process.platform === "linux")("lies in a page that can be run and not written", () => {
    const { address } = nativeMacro(sharedMemory()) as NativeMacro;
    const regions = readFileSync("/proc/self/maps", "utf8").trim().split("\n");
    const region = regions.find((line) => {
      const [from, to] = line
        .split(" ")[0]
        .split("-")
        .map((text) => BigInt(`0x${text}`));
      return from <= address && address < to;
    });
    expect(region).toMatch(/^\S+ r-xp /);
  });
});

/** A function that calls another one from WebAssembly: (module (import "e" "f" (func (param i32))) (export "g" …)). */
async function throughWebAssembly(f: (value: number) => void): Promise<(value: number) => void> {
  // biome-ignore format: sections
  const bytes = Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    0x01, 0x05, 1, 0x60, 1, 0x7f, 0,
    0x02, 0x07, 1, 1, 0x65, 1, 0x66, 0, 0,
    0x03, 0x02, 1, 0,
    0x07, 0x05, 1, 1, 0x67, 0, 1,
    0x0a, 0x08, 1, 6, 0, 0x20, 0, 0x10, 0, 0x0b,
  );
  const { instance } = await WebAssembly.instantiate(bytes, { e: { f } });
  return instance.exports.g as (value: number) => void;
}

const workerCode = `
  const { workerData } = require("node:worker_threads");
  const { createJiti } = require("jiti");
  createJiti(workerData.file).import(workerData.file).then(({ bindMacro }) => {
    bindMacro(workerData.address)(workerData.descriptor);
  });`;

function callInWorker(
  memory: WebAssembly.Memory,
  address: bigint,
  descriptor: number,
): Promise<void> {
  const file = new URL("../../src/runtime/native/native.ts", import.meta.url).pathname;
  const workerData = { file, memory, address, descriptor };
  return new Promise((done, failed) => {
    const worker = new Worker(workerCode, { eval: true, workerData });
    worker.on("error", failed);
    worker.on("exit", () => done());
  });
}
