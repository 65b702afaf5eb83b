// Where Studio is tried: the built package's own command serves it, with runs to look at, to a Chromium. What takes long to
// make is made while pages that do not need it are already tried.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { writeRuns } from "./written-runs.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const command = join(root, "dist/cli/main.js");

/** Everything that tests and screenshots need. */
export interface Stage {
  readonly browser: Browser;
  /** `http://127.0.0.1:…/` */
  readonly site: string;
  /** Opens the page of runs. */
  readonly key: string;
  /** Folder of the runs that are served. */
  readonly runs: string;
  /** Waits for the runs and for a page of one's step that `chainrule explain` wrote; gives the page's path. */
  prepared(): Promise<string>;
  /** Starts another browser, for who wants its processes for itself. */
  launch(): Promise<Browser>;
  close(): Promise<void>;
}

/** Starts server and browser. Needs `npm run build`. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-studio-"));
  const runs = join(folder, "runs");
  writeRuns(runs);
  const server = start("studio", runs, "--port", "0", "--no-open");
  const [address, browser] = await Promise.all([addressOf(server), launch()]);
  let preparation: Promise<string> | undefined;
  return {
    ...{ browser, runs, site: address.split("#")[0], key: address.split("key=")[1] },
    launch,
    prepared: () => {
      preparation ??= prepare(folder, runs);
      return preparation;
    },
    close: async () => {
      await preparation?.catch(() => {});
      await browser.close();
      server.kill();
      await once(server, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

/** Trains two short runs, and explains a step of one. */
async function prepare(folder: string, runs: string): Promise<string> {
  const train = (name: string, ...more: string[]): Promise<void> =>
    run("train", "digits", "--epochs", "8", "--quiet", "--out", join(runs, name), ...more);
  await train("digits-a");
  const explained = join(folder, "explained.html");
  await Promise.all([
    train("digits-b", "--learning-rate", "0.003"),
    run("explain", join(runs, "digits-a"), "--sample", "3", "--out", explained),
  ]);
  return explained;
}

async function run(...words: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [command, ...words]);
}

/** Starts a command of the built package that runs until it is ended. */
export function start(...words: string[]): ChildProcess {
  return spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
}

/** The address that `chainrule studio` prints. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  let text = "";
  for await (const piece of stdout!) {
    text += piece;
    const [address] = text.match(/http:\S+key=[0-9a-f]+/) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`chainrule studio printed no address: ${text}`);
}

/** Opens a page in a context of its own and closes it at the end. */
export async function inPage<T>(
  { browser }: Stage,
  options: BrowserContextOptions,
  body: (page: Page) => Promise<T>,
): Promise<T> {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ viewport, locale: "en-US", ...options });
  try {
    context.setDefaultTimeout(30_000);
    return await body(await context.newPage());
  } finally {
    await context.close();
  }
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

function chromiumPath(): string {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = [process.env.CHROMIUM, ...usual].find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error("needs Chromium: apt-get install chromium, or set CHROMIUM to its path");
}
