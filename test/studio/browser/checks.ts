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

/** Widths of screens in CSS pixels, from a telephone to 4K. */
const widths: readonly number[] = [360, 768, 1440, 2560, 3840];

/** Smallest text that people should have to read, in CSS pixels. */
const smallestText = 12;

/** Screens on which the page is wider than the screen, or its text too small to read. */
export async function misfits(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 1440 ? 800 : (width * 9) / 16 });
    await twoFrames(page);
    wrong.push(...(await widerThanScreen(page)));
    wrong.push(
      ...(await page.evaluate(smallTexts, smallestText)).map((one) => `${one} at ${width}`),
    );
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return wrong;
}

/** On paper: nothing is cut off, and the page's own text is there in dark ink. */
export async function misprints(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 718, height: 1000 }); // A4 less its margins
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await twoFrames(page);
  const wrong = await widerThanScreen(page);
  const ink = await page.evaluate(() => {
    const channels = getComputedStyle(document.querySelector("main h1")!).color.match(/[\d.]+/g)!;
    return Math.max(...channels.slice(0, 3).map(Number));
  });
  if (ink > 120) wrong.push("is printed in light ink");
  const nav = await page.locator("header nav").isVisible();
  if (nav) wrong.push("is printed with the places to go");
  await page.emulateMedia({ media: null, colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 900 });
  return wrong.map((one) => `on paper it ${one}`);
}

/** Lets the page lay itself out: its observers run between two frames. */
function twoFrames(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60))),
      ),
  );
}

/** Says whether the page scrolls sideways, and the first element that reaches out. */
async function widerThanScreen(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return "";
    const outside = [...document.querySelectorAll("main *")].find(
      (one) =>
        one.getBoundingClientRect().right > clientWidth + 1 &&
        !one.closest(".react-flow, .katex, table"),
    );
    return `${scrollWidth} px at ${clientWidth}, ${outside?.outerHTML.slice(0, 90)}`;
  });
  return found === "" ? [] : [`is wider than the screen: ${found}`];
}

/** In the page: texts that are drawn smaller than so many pixels, whatever they are scaled by. Indices of formulas may be. */
function smallTexts(least: number): string[] {
  const found = new Map<string, string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
    const element = text.parentElement!;
    if (/^[\s\u200b]*$/.test(text.textContent!) || found.size > 5) continue;
    if (
      element.closest("script, style, .katex-mathml, .mtight, sub, sup, .visually-hidden, option")
    )
      continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const inSvg = element instanceof SVGGraphicsElement;
    const box = element.closest<HTMLElement>(".react-flow__viewport") ?? document.body;
    const scale = inSvg
      ? Math.abs(element.getScreenCTM()!.a)
      : box === document.body
        ? 1
        : new DOMMatrix(getComputedStyle(box).transform).a;
    const size = Number.parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < least - 0.05)
      found.set(
        element.className.toString(),
        `text of ${size.toFixed(1)} px in ${element.outerHTML.slice(0, 80)}`,
      );
  }
  return [...found.values()];
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

/** How far the page has moved by itself so far, as browsers count it; `observeShifts` must have run before the page. */
export function shifted(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { shifted: number }).shifted);
}

/** Begins to note what moves without having been touched, in the page. */
export function observeShifts(): void {
  const seen = globalThis as unknown as { shifted: number };
  seen.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & LayoutShift)[])
      if (!entry.hadRecentInput) seen.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

interface LayoutShift {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/** Processor time of the tasks on the main threads of a trace's pages, in milliseconds, longest first. */
export function tasksIn(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: readonly TraceEvent[] };
  const place = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(place),
  );
  return traceEvents
    .filter((event) => /RunTask$/.test(event.name) && main.has(place(event)))
    .map(({ tdur = 0 }) => Math.round(tdur / 1000))
    .sort((a, b) => b - a);
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
  /** Processor time in µs. */
  readonly tdur?: number;
}
