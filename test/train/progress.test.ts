// What a terminal and a file see of a run.

import { expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import { fit, logEpochs, progress } from "../../src/train/node.ts";
import { clusters, network } from "./synthetic.ts";

/** What a run writes, and the last state of each line that it drew over. */
async function seen(
  stream: { isTTY?: boolean; columns?: number },
  options: { epochs?: number; validation?: boolean; stopAt?: number } = {},
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
      { onStep: ({ step }, run) => step === options.stopAt && run.stop("enough") },
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

test("large numbers stay apart, under short names of metrics", async () => {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  const metrics = {
    mae: (outputs: Tensor) => outputs.abs().mean().mul(0).sub(3e6),
    r2: (outputs: Tensor) => outputs.mean(),
  };
  await fit(network(), {
    ...{ train: clusters(8), validation: clusters(8, 2), epochs: 1, metrics },
    loss: (outputs) => outputs.square().mean().mul(1e12),
    callbacks: [progress({ stream: { write } })],
  });
  const [names, numbers] = text.split("\n").map((line) => line.trim().split(/ {2,}/));
  expect(names.join(" ")).toBe("epoch loss mae validation loss validation mae time");
  expect(text.split("\n")[1]).toMatch(/^ {6}1 +\d\.\d\de\+1\d +-3\.00e\+6 /);
  expect(numbers.length).toBeGreaterThanOrEqual(4);
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

test("the bar leaves room for ^C, and is never behind the rows", async () => {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const shown = progress({ stream: { isTTY: true, columns: 80, write } });
  const step = (number: number, milliseconds: number) => ({
    onStep: ({ step }: { step: number }) =>
      step === number && new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  await fit(network(), {
    ...{ train: clusters(32), epochs: 40, batchSize: 8 },
    callbacks: [step(2, 100) as never, shown], // one drawing, and then the rows of many short epochs
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = written.map((text) => text.replace(/\x1b\[[\d]+[mK]/g, ""));
  const bars = plain.filter((text) => text.startsWith("\r  epoch "));
  expect(Math.max(...bars.map((bar) => bar.length - 1))).toBe(77);
  const last = plain.findLastIndex((text) => text.startsWith("     40 "));
  expect(plain[last + 1]).toMatch(/^\r {2}epoch 40\/40 /);
});

test("where there is no room for the bar the time that is left is kept", async () => {
  const { drawn } = await seen({ isTTY: true, columns: 75 }, { epochs: 3000, stopAt: 8 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = drawn.map((part) => part.replace(/\x1b\[\d+m/g, ""));
  expect(plain.some((part) => /^ {2}epoch .*\/3000 {2}loss .* left$/.test(part))).toBe(true);
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
