// `chainrule doctor`: what this machine offers, what of it is used, and why.

import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { cacheFolder, mnistFiles } from "../data/node.ts";
import { currentTarget, setTarget, targets, tensor } from "../index.ts";
import { type SystemBlas, systemBlas } from "../runtime/blas/system-blas.ts";
import type { Off } from "../runtime/native/koffi.ts";
import { nativeMacro } from "../runtime/native/native.ts";
import { wasmFeatures } from "../runtime/wasm/features.ts";
import { threadCount } from "../runtime/wasm/threads/count.ts";
import { libraryVersion } from "../train/node.ts";
import { colorsFor, widthOf, wrap } from "./text.ts";

/** One line of the report. */
interface Finding {
  readonly name: string;
  /** In use, there but not in use, or broken. */
  readonly state: "used" | "unused" | "broken";
  readonly text: string;
}

/** Runs the command; exit code 1 when something that is needed is broken. */
export async function doctor({ json = false }: { readonly json?: boolean }): Promise<void> {
  const target = currentTarget();
  const findings = [...machine(), ...(await computing(target)), ...dataSets()];
  if (findings.some(({ state }) => state === "broken")) process.exitCode = 1;
  const version = libraryVersion();
  if (json) process.stdout.write(`${JSON.stringify({ version, target, findings })}\n`);
  else process.stdout.write(reportText(version, findings));
}

function reportText(version: string, findings: readonly Finding[]): string {
  const colors = colorsFor(process.stdout);
  const marks = { used: colors.green("●"), unused: colors.dim("○"), broken: colors.red("✖") };
  const lines = findings.map(({ name, state, text }) => {
    const [first, ...rest] = wrap(text, widthOf(process.stdout) - 20);
    const more = rest.map((line) => `${" ".repeat(19)}${line}\n`).join("");
    return `  ${marks[state]} ${colors.dim(name.padEnd(14))} ${first}\n${more}`;
  });
  const legend = colors.dim("  ● in use   ○ not in use   ✖ broken");
  return `\n  ${colors.bold("chainrule")} ${version}\n\n${lines.join("")}\n${legend}\n\n`;
}

function machine(): Finding[] {
  const model = cpus()[0]?.model.trim() || "unknown processor";
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const system = `${process.platform} ${process.arch}`;
  return [
    { name: "Node", state: "used", text: `${process.version}; 20.19 or newer is needed` },
    { name: "machine", state: "used", text: `${model}, ${cores()}, ${memory}, ${system}` },
  ];
}

async function computing(target: string): Promise<Finding[]> {
  const { simd, relaxedSimd } = wasmFeatures();
  const wasm = target === "wasm";
  const found = await Promise.all(targets.map((name) => targetFinding(name, target)));
  setTarget(target);
  return [
    ...found,
    {
      name: "SIMD",
      state: wasm && simd ? "used" : "unused",
      text: simd ? "128 bits, four float32 at a time" : "missing in this engine",
    },
    {
      name: "relaxed SIMD",
      state: wasm && relaxedSimd ? "used" : "unused",
      text: relaxedSimd
        ? "fused multiply-add"
        : "missing: products and sums are separate instructions; Node 22 has it, Node 20 unless CHAINRULE_FLAGS=off",
    },
    { name: "memory", state: wasm ? "used" : "unused", text: reserveText() },
    {
      name: "threads",
      state: wasm && threadCount() > 1 ? "used" : "unused",
      text: `${threadCount()} share large steps, of ${cores()}; CHAINRULE_THREADS sets the number`,
    },
    ...nativeCode(wasm),
    { name: "WebGPU", state: "unused", text: "this version has no webgpu target yet" },
  ];
}

/** What is called outside WebAssembly: machine code of our own, and the system's BLAS. */
function nativeCode(wasm: boolean): Finding[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const kernels = nativeMacro(memory);
  const machineCode = !("off" in kernels);
  return [
    {
      name: "native kernels",
      state: wasm && machineCode ? "used" : "unused",
      text: machineCode ? `${kernels.name}; CHAINRULE_NATIVE=off does without` : kernels.off,
    },
    blasFinding(systemBlas(memory), wasm, machineCode),
  ];
}

/** BLAS computes products where machine code of our own does not. */
function blasFinding(blas: SystemBlas | Off, wasm: boolean, machineCode: boolean): Finding {
  const name = "BLAS";
  if ("off" in blas) return { name, state: "unused", text: blas.off };
  const what = [blas.name, blas.version].filter(Boolean).join(" ");
  if (machineCode) {
    const text = `${what}, where native kernels are off; they are faster here`;
    return { name, state: "unused", text };
  }
  const text = `${what}, large products, one thread each; CHAINRULE_BLAS=off does without`;
  return { name, state: wasm ? "used" : "unused", text };
}

/** Multiplies two small matrices on a target to see that it works. */
async function targetFinding(name: string, inUse: string): Promise<Finding> {
  try {
    setTarget(name);
    const product = await tensor([[1, 2], [3, 4]]).matmul(tensor([[5], [6]])).data(); // biome-ignore format: rows
    if (product[0] !== 17 || product[1] !== 39) throw new Error(`1·5 + 2·6 gave ${product[0]}`);
    const why = process.env.CHAINRULE_TARGET === name ? "CHAINRULE_TARGET says so" : "the default";
    const use = name === inUse ? `used because it is ${why}` : `works; --target ${name} uses it`;
    const what = name === "reference" ? "plain TypeScript, exact and slow" : "compiled, fast";
    return { name, state: name === inUse ? "used" : "unused", text: `${what}; ${use}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, state: "broken", text: `does not compute: ${reason}` };
  }
}

/** How much a WebAssembly memory may grow to here: address space, which costs nothing until used. */
function reserveText(): string {
  for (const gibibytes of [4, 2, 1, 0.5]) {
    try {
      new WebAssembly.Memory({ initial: 1, maximum: gibibytes * 2 ** 14 });
      return `up to ${gibibytes} GiB for weights and intermediates`;
    } catch {
      // Address space is limited; the next smaller one may fit.
    }
  }
  return "less than 0.5 GiB can be reserved";
}

function dataSets(): Finding[] {
  const folder = process.env.CHAINRULE_DATA;
  const cache = cacheFolder();
  const sets = ["mnist", "fashion-mnist"].map((name): Finding => {
    const places = folder ? [join(resolve(folder), name), resolve(folder)] : [join(cache, name)];
    const place = places.find(isComplete);
    const text =
      place ??
      `not in ${places[0]}; ${folder ? "CHAINRULE_DATA names it" : "downloaded on first use"}`;
    return { name, state: place === undefined ? "unused" : "used", text };
  });
  return [{ name: "digits", state: "used", text: "in the package" }, ...sets];
}

function isComplete(place: string): boolean {
  return Object.values(mnistFiles).every((file) =>
    [file, file.replace(/\.gz$/, "")].some((name) => existsSync(join(place, name))),
  );
}

function cores(): string {
  const count = availableParallelism();
  return `${count} core${count === 1 ? "" : "s"}`;
}
