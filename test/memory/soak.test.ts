// A short form of scripts/soak.mjs: steps in a process of its own leave no memory behind. Every sample comes after a
// collection. It runs the built package, as `npm test` leaves it in dist/.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface SoakReport {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** MiB of resident memory after warm-up. */
  readonly growth: number;
  /** MiB that JavaScript holds on to after warm-up. */
  readonly retainedGrowth: number;
  /** Bytes that the device took after warm-up. */
  readonly deviceGrowth: number;
}

let reports: readonly SoakReport[];

beforeAll(async () => {
  if (!existsSync(`${root}/dist/index.js`)) throw new Error("dist/ is missing: run npm run build");
  const counts = ["--compiled", "2000", "--uncompiled", "300", "--limit", "64", "--json"];
  const command = ["--expose-gc", "scripts/soak.mjs", ...counts];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  reports = (JSON.parse(stdout) as { readonly reports: readonly SoakReport[] }).reports;
}, 300_000);

test.each([
  ["2,000 compiled steps", 0],
  ["300 uncompiled steps", 1],
] as const)("%s leave no memory behind", (_, k) => {
  const { first, last, growth, retainedGrowth, deviceGrowth } = reports[k];
  expect(last).toBeLessThan(first);
  // A forgotten input tensor would add 240 MiB (compiled), a forgotten graph several MiB (uncompiled).
  expect(retainedGrowth).toBeLessThan(1);
  expect(growth).toBeLessThan(64);
  expect(deviceGrowth).toBe(0);
});
