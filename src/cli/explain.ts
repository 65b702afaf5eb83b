// `chainrule explain`: traces one training step and writes it as a page that opens from disk and computes by itself.

import { resolve } from "node:path";
import { writeFileAtomic } from "../formats/node.ts";
import { explainHtml } from "./explain-page.ts";
import { explained } from "./explain-step.ts";
import { showNotice } from "./notice.ts";
import { openInBrowser } from "./open.ts";
import { colorsFor, field, shownPath } from "./text.ts";

/** What the command line gives. */
export interface ExplainArguments {
  readonly sample?: number;
  readonly out?: string;
  readonly seed?: number;
  readonly target?: string;
  readonly dataDir?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function explainStep(word: string, given: ExplainArguments): Promise<void> {
  const notice = showNotice(process.stderr);
  const { traced, facts } = await explained(word, given, notice);
  const step = traced.store();
  const path = resolve(given.out ?? `explain-${facts.title.replaceAll(/[^\w-]+/g, "-")}.html`);
  const html = explainHtml(step, facts);
  await writeFileAtomic(path, html);
  const { nodes, loss } = step.trace;
  if (given.json) {
    const line = {
      page: path,
      bytes: Buffer.byteLength(html),
      nodes: nodes.length,
      loss: loss.value,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  } else {
    const colors = colorsFor(process.stdout);
    const size = `${(Buffer.byteLength(html) / 1e6).toFixed(1)} MB, ${nodes.length} nodes`;
    process.stdout.write(
      `\n${field("step", `${facts.title}, sample ${facts.sample}, loss ${Number(loss.value.toPrecision(4))}`, colors)}` +
        `${field("page", `${shownPath(path)}  ${colors.dim(size)}`, colors)}\n`,
    );
  }
  if (given.open) openInBrowser(path);
}
