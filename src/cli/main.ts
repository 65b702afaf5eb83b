#!/usr/bin/env node
// The command `chainrule`: arguments → the public API. Errors print as one readable block; exit codes are 0, 1 (failed),
// 2 (wrong usage) and 130 (interrupted). CHAINRULE_DEBUG=1 adds stack traces.

import { CommanderError } from "commander";
import { makeProgram } from "./program.ts";
import { errorBlock } from "./text.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", endOnClosedPipe);

process.on("unhandledRejection", (error) => {
  if (process.stderr.isTTY) process.stderr.write("\x1b[?25h\x1b[?7h\n"); // the progress bar hides the cursor
  process.stderr.write(errorBlock(error));
  process.exit(1);
});

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
  process.stderr.write(errorBlock(error));
  return 1;
}

/** `chainrule … | head` closes the pipe early, which is no fault. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}
