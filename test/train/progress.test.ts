// What a terminal and a file see of a run.

import { expect, test } from "vitest";
import { fit, logEpochs, progress } from "../../src/train/node.ts";
import { clusters, network } from "./synthetic.ts";

/** What a run writes, and the last state of each line that it drew over. */
async function seen(
  stream: { isTTY?: boolean; columns?: number },
  options: { epochs?: number; validation?: boolean } = {},
): Promise<{ text: string; drawn: string[] }> {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  const shown = progress({ stream: { ...stream, write }, validation: "test" });
  await fit(network(), {
    ...{ train: clusters(32), epochs: options.epochs ?? 3, batchSize: 8 },
    ...(options.validation === false ? {} : { validation: clusters(8, 2) }),
    callbacks: [
      shown,
      { onStep: ({ step }) => step === 6 && shown.say("a line of the caller's") },
      { onStep: () => stream.isTTY && new Promise((resolve) => setTimeout(resolve, 30)) },
    ],
  });
  const drawn = text.split("\r").map((part) => part.replace("\x1b[2K", ""));
  return { text, drawn };
}

test("a file gets a row per epoch", async () => {
  const { text } = await seen({});
  const lines = text.trimEnd().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe("  epoch      loss   accuracy   test loss   test accuracy         time");
  expect(lines[1]).toMatch(/^ {6}1 +[\d.]+ +[\d.]+ % +[\d.]+ +[\d.]+ % +[\d.]+ s$/);
  expect(lines[2]).toBe("a line of the caller's");
});

test("without validation there are no columns for it, and few rows of many epochs", async () => {
  const { text } = await seen({}, { validation: false, epochs: 26 });
  const lines = text.trimEnd().split("\n");
  expect(lines[0]).toBe("  epoch      loss   accuracy         time");
  expect(lines.length).toBeLessThanOrEqual(1 + 1 + 12);
  expect(lines.at(-1)).toMatch(/^ {5}26 /);
});

test("a terminal gets a bar under the rows, which goes away at the end", async () => {
  const { text, drawn } = await seen({ isTTY: true, columns: 100 });
  const bars = drawn.filter((part) => part.includes("━") || part.includes("─"));
  expect(bars.length).toBeGreaterThan(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = bars.map((bar) => bar.replace(/\x1b\[\d+m/g, ""));
  expect(plain.at(-1)).toMatch(
    /^ {2}epoch 3\/3 {2}━+─* {2}loss [\d. ]+ {2}acc [\d. ]+ % +[\d,]+\/s +[\d.]+ s left$/,
  );
  expect(Math.max(...plain.map((bar) => bar.length))).toBeLessThan(100);
  expect(drawn.some((part) => part.startsWith("a line of the caller's\n"))).toBe(true);
  expect(text.endsWith("\r\x1b[2K")).toBe(true);
});

test("a narrow terminal gets what matters most", async () => {
  const { text, drawn } = await seen({ isTTY: true, columns: 40 });
  expect(text).toContain("test accuracy");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = drawn.map((part) => part.replace(/\x1b\[\d+m/g, ""));
  const bars = plain.filter((part) => part.startsWith("  epoch ") && !part.includes("\n"));
  expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThan(40);
  expect(text).not.toContain("time");
});

test("logEpochs prints validation beside training", async () => {
  const lines: string[] = [];
  await fit(network(), {
    ...{ train: clusters(8), validation: clusters(8, 2), epochs: 1 },
    callbacks: [logEpochs((text) => lines.push(text))],
  });
  expect(lines[0]).toMatch(
    /^epoch 1 {2}loss [\d.]+ .* · validation loss [\d.]+ {2}accuracy [\d.]+$/,
  );
});

test("unknown options are refused", () => {
  expect(() => progress({ columns: 3 } as never)).toThrow(/no option "columns"/);
});
