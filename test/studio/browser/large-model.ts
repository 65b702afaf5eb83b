// A model of a million parameters in the playground and the explorer, and how much memory the tab takes for it: what its
// process has for itself (anonymous pages, present and swapped, of /proc, so on Linux only), as the browser's own task manager
// counts it, forty times a second. The workers live in that process; the browser's program, which all processes share, does
// not count.

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { en } from "../../../studio/src/language/en.ts";
import { encode } from "../../../studio/src/playground/address.ts";
import { conv, dense, digitsDefault } from "../../../studio/src/playground/description.ts";
import { en as words } from "../../../studio/src/playground/words-en.ts";

/** 1,051,274 parameters: a convolution of 128 channels on 8 × 8 pixels, a layer of 128 units, ten classes. */
export const millionRoute: string = `/playground/${encode({
  ...digitsDefault,
  blocks: [conv(128, "none"), dense(128)],
  batchSize: 8,
})}`;

/** Opens it, trains some steps, and explores a step: every node of the graph chosen, and the next updates; tells of stages. */
export async function exploreLarge(
  page: Page,
  note: (stage: string) => void = () => {},
): Promise<string[]> {
  await page
    .getByText(/1,051,274/)
    .first()
    .waitFor({ timeout: 60_000 });
  note("opened");
  const step = page.getByRole("button", { name: words.step, exact: true });
  for (let k = 0; k < 3; k++) await step.click();
  note("trained 3 steps");
  await page.getByRole("button", { name: words.explore }).click();
  const nodes = page.locator(".react-flow__node");
  await nodes.first().waitFor({ timeout: 60_000 });
  note("explorer opened");
  const explorer = page.locator(".explorer");
  const inspected: string[] = [];
  for (let iteration = 1; iteration <= 3; iteration++) {
    const weight = explorer.locator(".react-flow__node:has(.op-title)");
    const count = await weight.count();
    for (let k = 0; k < count; k++) {
      await weight.nth(k).focus();
      await page.keyboard.press("Enter");
      await explorer.locator(".inspector h2").first().waitFor();
      inspected.push(await explorer.locator(".inspector h2").first().innerText());
    }
    await explorer.getByRole("button", { name: en.next, exact: true }).click();
    await explorer.getByText(`${en.iteration} ${iteration}`).first().waitFor({ timeout: 60_000 });
    note(`iteration ${iteration}`);
  }
  return new Set(inspected).size >= 5 ? [] : [`only ${inspected.join()} could be looked at`];
}

/** What a browser's tabs take while something is done. */
export class MemoryWatch {
  /** Largest private memory of one tab's process so far, in bytes. */
  most = 0;
  /** The present one. */
  now = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(processes: readonly number[]) {
    this.#timer = setInterval(() => {
      this.now = Math.max(0, ...processes.map(privateMemory));
      this.most = Math.max(this.most, this.now);
    }, 25);
  }

  static async of(browser: Browser): Promise<MemoryWatch> {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const tabs = processInfo.filter(({ type }) => type === "renderer");
    return new MemoryWatch(tabs.map(({ id }) => id));
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** What a process has for itself; 0 where it is gone. */
function privateMemory(id: number): number {
  try {
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    const kilobytes = (name: string): number =>
      Number(status.match(new RegExp(`${name}:\\s*(\\d+) kB`))?.[1] ?? 0);
    return (kilobytes("RssAnon") + kilobytes("VmSwap")) * 1024;
  } catch {
    return 0;
  }
}
