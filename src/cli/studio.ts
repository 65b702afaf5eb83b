// `chainrule studio`: serves the web app and the runs in some folders to this machine's browser, until Ctrl-C.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ChainruleError } from "../index.ts";
import { openInBrowser } from "./open.ts";
import { type Studio, startStudio } from "./server.ts";
import { colorsFor, field, plural, quoted, shownPath } from "./text.ts";

/** What the command line gives. */
export interface StudioArguments {
  readonly port?: number;
  readonly open: boolean;
}

/** The port that is tried first where none is given, and how many after it. */
const usualPort = 6310;
const tries = 20;

/** Runs the command. */
export async function studio(given: readonly string[], options: StudioArguments): Promise<void> {
  const named = given.length > 0 ? given : ["runs"].filter((folder) => existsSync(folder));
  const folders = named.map((folder) => resolve(folder));
  for (const folder of folders) if (!existsSync(folder)) throw noFolder(folder);
  const server = await startSomewhere(pageFolder(), folders, options.port);
  process.stdout.write(welcome(server, folders));
  if (options.open) openInBrowser(server.address);
  await new Promise<void>((done) => {
    process.once("SIGINT", done).once("SIGTERM", done);
  });
  process.stdout.write("\n");
  await server.close();
}

/**
 * Serves the folder of a run that was trained just now, where somebody sits at a terminal; elsewhere, as on a machine that
 * tests, nobody could end it, so the command that does it is printed.
 */
export async function serveTrained(folder: string, open: boolean): Promise<void> {
  if (process.stdin.isTTY && process.stdout.isTTY) return studio([folder], { open });
  const command = `npx chainrule studio ${quoted(shownPath(folder))}`;
  process.stdout.write(`  There is no terminal here. To see the run: ${command}\n\n`);
}

/** Starts on the given port, or on the first free one from the usual one on. */
async function startSomewhere(
  page: string,
  folders: readonly string[],
  given: number | undefined,
): Promise<Studio> {
  const last = given ?? usualPort + tries;
  for (let port = given ?? usualPort; ; port++) {
    try {
      return await startStudio({ page, folders, port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (port >= last) throw portInUse(port, error);
    }
  }
}

function welcome({ address, port }: Studio, folders: readonly string[]): string {
  const colors = colorsFor(process.stdout);
  const places = folders.map(shownPath).join(", ") || "none; `chainrule train digits` makes one";
  const [site] = address.split("#");
  return [
    `\n  ${colors.bold("Chainrule Studio")}\n\n`,
    field("open", colors.cyan(address), colors),
    field(plural(Math.max(1, folders.length), "folder"), places, colors),
    field("for", `this machine only, port ${port}; lessons need no key: ${site}`, colors),
    field("end", "Ctrl-C", colors),
    "\n",
  ].join("");
}

/** Where the built page is: beside the command in the package, in `dist` when the sources are run. */
function pageFolder(): string {
  const places = ["../studio/", "../../dist/studio/"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(`${place}index.html`));
  if (found !== undefined) return found;
  throw new ChainruleError({
    code: "MISSING_FILE",
    op: "studio",
    problem: `the built page is not in ${places[0]}`,
    fix: "Install the package anew; in a clone, run `npm run build`.",
    detail: { path: places[0] },
  });
}

function noFolder(path: string): ChainruleError {
  return new ChainruleError({
    code: "MISSING_FILE",
    op: "studio",
    problem: `there is no folder ${path}`,
    fix: "Name folders with runs, such as runs/; without any, Studio shows runs/ where it exists.",
    detail: { path },
  });
}

function portInUse(port: number, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "studio",
    problem: `another program uses port ${port}`,
    fix: "Name a free one by --port, or none to let one be found.",
    detail: { port },
    cause,
  });
}
