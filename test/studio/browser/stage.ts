// Where Studio is tried: the built package behind its own server, with a run to look at, and a Chromium.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { startStudio } from "../../../src/cli/server.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const command = join(root, "dist/cli/main.js");

/** Everything that tests and screenshots need. */
export interface Stage {
  readonly browser: Browser;
  /** `http://127.0.0.1:…/` */
  readonly site: string;
  readonly key: string;
  /** A page that `chainrule explain` wrote. */
  readonly explained: string;
  close(): Promise<void>;
}

/** Trains two short runs, explains a step of one, and serves them. Needs `npm run build`. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-studio-"));
  const run = (...words: string[]): void => {
    execFileSync(process.execPath, [command, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  };
  const first = join(folder, "runs/digits-a");
  run("train", "digits", "--epochs", "8", "--out", first, "--quiet");
  run(
    "train",
    "digits",
    "--epochs",
    "8",
    "-l",
    "0.003",
    "--out",
    join(folder, "runs/digits-b"),
    "--quiet",
  );
  const explained = join(folder, "explained.html");
  run("explain", first, "--sample", "3", "--out", explained);
  const page = join(root, "dist/studio");
  const server = await startStudio({ page, folders: [join(folder, "runs")], port: 0 });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags });
  return {
    ...{ browser, key: server.key, explained },
    site: `http://127.0.0.1:${server.port}/`,
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

function chromiumPath(): string {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = [process.env.CHROMIUM, ...usual].find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error("needs Chromium: apt-get install chromium, or set CHROMIUM to its path");
}
