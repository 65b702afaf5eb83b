// What holds for every page: readable by assistive technology, no wider than the screen, silent, and on its own.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";

const require = createRequire(new URL("../../../studio/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Collects what a page should not do: errors, and requests to anywhere else. */
export function watch(page: Page, site: string): string[] {
  const seen: string[] = [];
  page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
  page.on("console", (line) => {
    if (line.type() === "error") seen.push(`console: ${line.text()}`);
  });
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(site))
      seen.push(`request to ${request.url()}`);
  });
  return seen;
}

/** Violations that axe-core finds, each with the elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tester = (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe;
    const { violations: found } = await tester.run();
    const isFormula = (target: unknown): boolean =>
      document.querySelector(String(target))?.querySelector("math") !== null;
    const real = found.map(({ id, nodes }) => ({
      id, // axe does not see that MathML has text
      nodes: nodes.filter(({ target }) => id !== "empty-table-header" || !isFormula(target)),
    }));
    const left = real.filter(({ nodes }) => nodes.length > 0);
    return left.map(({ id, nodes }) => {
      const places = nodes
        .slice(0, 3)
        .map(({ target, any }) => `${target} ${any[0]?.message ?? ""}`);
      return `axe ${id}: ${places.join("; ")}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ""}`;
    });
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly {
      readonly target: unknown;
      readonly any: readonly { readonly message: string }[];
    }[];
  }[];
}

/** Widths from a telephone to 4K at which the page is wider than the screen. */
export async function overflows(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  for (const width of [360, 768, 3840]) {
    await page.setViewportSize({ width, height: width === 3840 ? 2160 : 800 });
    await page.waitForTimeout(200);
    const found = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const outside = [...document.querySelectorAll("main *")].find(
        (one) =>
          one.getBoundingClientRect().right > clientWidth + 1 &&
          !one.closest(".react-flow, .katex, table"),
      );
      return scrollWidth > clientWidth
        ? `${scrollWidth} px at ${clientWidth}, ${outside?.className}`
        : "";
    });
    if (found !== "") wrong.push(`is wider than the screen: ${found}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return wrong;
}

/** Bytes that a context reads over the network, compressed (Brotli) as a server would. */
export function countBytes(context: BrowserContext): () => Promise<number> {
  const sizes: Promise<number>[] = [];
  context.on("response", (response) => {
    if (!/^http/.test(response.url())) return;
    const packed = /\.(woff2|png|webp)$/.test(new URL(response.url()).pathname);
    sizes.push(
      response.body().then(
        (body) => (packed ? body.length : brotliCompressSync(body).length),
        () => 0,
      ),
    );
  });
  return async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Lengths in milliseconds of tasks over 50 ms so far; `observeTasks` must have run before the page. */
export function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
}

/** Begins to note long tasks, in the page. */
export function observeTasks(): void {
  const lengths: number[] = [];
  Object.assign(globalThis, { longTasks: lengths });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) lengths.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: true });
}
