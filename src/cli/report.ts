// `chainrule report`: writes the report of a run anew, and shows it if wanted.

import { type ReportLanguage, writeReport } from "../train/node.ts";
import { openInBrowser } from "./open.ts";
import { colorsFor, field, shownPath } from "./text.ts";

/** What the command line gives. */
export interface ReportArguments {
  readonly lang?: ReportLanguage;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function reportRun(directory: string, given: ReportArguments): Promise<void> {
  const path = await writeReport(directory, { language: given.lang });
  if (given.json) process.stdout.write(`${JSON.stringify({ report: path })}\n`);
  else process.stdout.write(`\n${field("report", shownPath(path), colorsFor(process.stdout))}\n`);
  if (!given.open) return;
  openInBrowser(path, (command) => {
    process.stderr.write(`  ${command} could not be started; open ${path} in a browser\n`);
  });
}
