// Runs a parser's inputs in child processes and watches them: an input that takes too long ends its process, and the run
// goes on behind it in a new one.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inputMaker } from "./mutate.ts";
import type { Finding, FuzzResult } from "./run.ts";
import { loadTarget } from "./target.ts";

const heapMegabytes = 256;
const hangSeconds = 10;
/** Loading the sources takes a while, before the first input is there. */
const startSeconds = 60;

const jiti = fileURLToPath(new URL("../../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));
const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** Runs inputs `from` … `to` − 1 of a parser. */
export async function watch(
  name: string,
  seed: number,
  from: number,
  to: number,
): Promise<FuzzResult> {
  let total: FuzzResult = { inputs: 0, accepted: 0, refused: 0, mostMemory: 0, findings: [] };
  for (let next = from; next < to && total.findings.length < 10; ) {
    const part = await runPart(name, seed, next, to);
    total = {
      inputs: total.inputs + part.inputs,
      accepted: total.accepted + part.accepted,
      refused: total.refused + part.refused,
      mostMemory: Math.max(total.mostMemory, part.mostMemory),
      findings: [...total.findings, ...part.findings],
    };
    next += part.inputs;
  }
  return total;
}

/** Runs a child up to its end or to an input that it does not survive, which is the last one counted. */
async function runPart(name: string, seed: number, from: number, to: number): Promise<FuzzResult> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-fuzz-"));
  const progressFile = join(folder, "progress");
  try {
    const facts = [name, seed, from, to, progressFile].map(String);
    const { output, reason } = await runChild(facts, progressFile);
    if (reason === undefined) return readResult(output);
    const input = readProgress(progressFile);
    if (input === undefined) throw new Error(`${name}: ${reason}, before its first input`);
    const bytes = inputMaker(await loadTarget(name), seed)(input);
    const findings = [...linesOf(output).map(readFinding), { input, problem: reason, bytes }];
    const inputs = input - from + 1;
    return { inputs, accepted: 0, refused: 0, mostMemory: 0, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runChild(
  facts: readonly string[],
  progressFile: string,
): Promise<{ output: string; reason: string | undefined }> {
  return new Promise((done) => {
    const options = [`--max-old-space-size=${heapMegabytes}`, jiti, child, ...facts];
    const running = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "pipe"] });
    const texts = { output: "", errors: "" };
    running.stdout.on("data", (text) => {
      texts.output += text;
    });
    running.stderr.on("data", (text) => {
      texts.errors = (texts.errors + text).slice(-2000);
    });
    let hung = false;
    const stop = watchProgress(progressFile, () => {
      hung = true;
      running.kill("SIGKILL");
    });
    running.on("close", (code, signal) => {
      stop();
      const how = hung
        ? `takes longer than ${hangSeconds} s`
        : `ended its process (${signal ?? code})`;
      const reason = code === 0 ? undefined : `${how}\n${texts.errors}`;
      done({ output: texts.output, reason });
    });
  });
}

/** Calls `onHang` when the number in the file stays the same for too long; gives a function that ends the watch. */
function watchProgress(progressFile: string, onHang: () => void): () => void {
  let last: number | undefined;
  let since = Date.now();
  const timer = setInterval(() => {
    const now = readProgress(progressFile);
    const patience = now === undefined ? startSeconds : hangSeconds;
    if (now !== last) since = Date.now();
    else if (Date.now() - since > patience * 1000) onHang();
    last = now;
  }, 1000);
  return () => clearInterval(timer);
}

function readProgress(file: string): number | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length === 8 ? bytes.readDoubleLE(0) : undefined;
  } catch {
    return undefined; // Not there yet.
  }
}

function readResult(output: string): FuzzResult {
  const result = JSON.parse(linesOf(output).at(-1) ?? "");
  return {
    ...result,
    findings: result.findings.map((finding: object) => readFinding(JSON.stringify(finding))),
  };
}

/** Lines of the child; parsers may print lines of their own. */
function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line.startsWith('{"input'));
}

function readFinding(line: string): Finding {
  const { input, problem, bytes } = JSON.parse(line);
  return { input, problem, bytes: Uint8Array.from(Buffer.from(bytes, "base64")) };
}
