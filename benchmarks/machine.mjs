// Where benchmarks run: what a table has to say about its machine, and whether the library and a Python are there.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));

/** Threads that the library may use: `CHAINRULE_THREADS`, else the processors. */
export function threadCount() {
  return Number(process.env.CHAINRULE_THREADS) || availableParallelism();
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    threads: threadCount(),
  };
}

/** The Python that has a module: `PYTHON`, or the first of the usual names that can import it. */
export function pythonWith(module) {
  const names = process.env.PYTHON
    ? [process.env.PYTHON]
    : ["python3", "/usr/bin/python3", "python"];
  return names.find((name) => {
    try {
      execFileSync(name, ["-c", `import ${module}`], { stdio: "ignore", timeout: 120_000 });
      return true;
    } catch {
      return false;
    }
  });
}

/** Ends the program where the library is not built or the other libraries are not installed. */
export function requireInstalled() {
  const built = process.env.CHAINRULE_LIBRARY ?? resolve(here, "../dist/index.js");
  if (!existsSync(built)) stop(`${built} is missing: run \`npm run build\` in the root first`);
  if (!existsSync(resolve(here, "node_modules"))) {
    stop("the other libraries are not installed: run `npm --prefix benchmarks ci` first");
  }
}

/** Ends the program: it was called wrongly. */
export function stop(message) {
  process.stderr.write(`benchmarks: ${message}\n`);
  process.exit(2);
}
