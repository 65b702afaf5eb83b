// One line for work before training, such as a download: rewritten in place on a terminal and taken away at the end;
// elsewhere printed once per subject, the words before the colon.

/** Shows what is being done. */
export interface Notice {
  say(line: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Milliseconds between two redrawings. */
const pause = 80;

/** Shows notices on a stream. */
export function showNotice(stream: NodeJS.WriteStream): Notice {
  let subject = "";
  let shown = 0;
  const rewrite = (line: string): void => {
    if (performance.now() - shown < pause && subject === subjectOf(line)) return;
    shown = performance.now();
    subject = subjectOf(line);
    stream.write(`\r\x1b[2K  ${line}`);
  };
  const print = (line: string): void => {
    if (subject === subjectOf(line)) return;
    subject = subjectOf(line);
    stream.write(`  ${subject}\n`);
  };
  if (!stream.isTTY) return { say: print, end: () => {} };
  return { say: rewrite, end: () => void stream.write("\r\x1b[2K") };
}

function subjectOf(line: string): string {
  return line.split(": ")[0];
}
