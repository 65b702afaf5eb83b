// What Studio costs to open, in a real Chromium without throttling: the figures that Lighthouse gives (first and largest
// contentful paint, total blocking time, layout shift), bytes by kind as a server sends them (Brotli; fonts as they are), the
// time until a lesson's graph is there, and a step of 2,000 nodes: opening it from its address, unfolding a picture of
// 2,200, and the frames while it is panned and zoomed. Each run has a browser context of its own, with nothing kept.
//   node benchmarks/studio-load.mjs [--runs 5] [--page dist/studio] [--json]        (needs `npm run build`)

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import { chromiumPath } from "../test/browser/chromium.mjs";
import { median } from "./median.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    page: { type: "string", default: join(root, "dist/studio") },
    json: { type: "boolean", default: false },
  },
});

/** Layers of the lesson on vanishing gradients that make a step of 2,000 nodes, and a picture of 2,200. */
const depths = { step: 20, picture: 95 };
const lesson = "#/lessons/two-three-one";
const deepLesson = "#/lessons/vanishing-gradients";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};
const kinds = { ".html": "page", ".js": "scripts", ".css": "styles", ".woff2": "fonts" };

/** Serves the built page, packed, and notes what is sent. */
function serve(folder, sent) {
  const packed = new Map();
  const server = createServer(({ url }, response) => {
    const path = url === "/" ? "/index.html" : url.split("?")[0];
    const ending = extname(path);
    if (!packed.has(path)) {
      const bytes = readFileSync(join(folder, path));
      packed.set(path, ending === ".woff2" ? bytes : brotliCompressSync(bytes));
    }
    const bytes = packed.get(path);
    sent.push({ path, kind: kinds[ending] ?? "other", bytes: bytes.length });
    response.writeHead(200, {
      "Content-Type": types[ending] ?? "application/octet-stream",
      "Content-Length": bytes.length,
      ...(ending === ".woff2" ? {} : { "Content-Encoding": "br" }),
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    response.end(bytes);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** Notes in the page: paints, shifts, long tasks, and when the graph and the first formula are there. */
function observe() {
  const seen = { shift: 0, tasks: [] };
  globalThis.seen = seen;
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
      type,
      buffered: true,
    });
  watch("paint", ({ name, startTime }) => {
    if (name === "first-contentful-paint") seen.first = startTime;
  });
  watch("largest-contentful-paint", ({ startTime }) => {
    seen.largest = startTime;
  });
  watch("layout-shift", ({ value, hadRecentInput }) => {
    if (!hadRecentInput) seen.shift += value;
  });
  watch("longtask", ({ startTime, duration }) => seen.tasks.push({ startTime, duration }));
  const look = () => {
    if (document.querySelector(".react-flow__node")) seen.graph ??= performance.now();
    if (document.querySelector(".katex")) seen.formulas ??= performance.now();
    if (seen.graph === undefined || seen.formulas === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Has the lesson's worker build a deeper network than its slider allows. */
function deepen(depth) {
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    for (const argument of message?.argumentList ?? []) {
      if (argument?.value?.depth === undefined) continue;
      argument.value = { ...argument.value, depth, variant: "batchNorm", activation: "tanh" };
    }
    return post.call(this, message, ...rest);
  };
}

/** Lengths of frames in milliseconds while the canvas is dragged, or pinched, in each. */
async function frames(kind) {
  const pane = document.querySelector(".react-flow__pane");
  const { left, top, width, height } = pane.getBoundingClientRect();
  const lengths = [];
  const count = 150;
  const at = { bubbles: true, cancelable: true, view: window, button: 0 };
  let [x, y] = [left + width / 2, top + height / 2];
  const mouse = (type, target) =>
    target.dispatchEvent(new MouseEvent(type, { ...at, buttons: 1, clientX: x, clientY: y }));
  const next = () => new Promise(requestAnimationFrame);
  if (kind === "pan") mouse("mousedown", pane);
  let last = await next();
  for (let k = 0; k < count; k++) {
    if (kind === "pan") {
      y -= k < 100 ? 14 : -14;
      mouse("mousemove", window);
    } else {
      const deltaY = k % 100 < 50 ? 4 : -4;
      const turn = { ...at, ctrlKey: true, deltaY, clientX: x, clientY: y };
      pane.dispatchEvent(new WheelEvent("wheel", turn));
    }
    const now = await next();
    lengths.push(now - last);
    last = now;
  }
  if (kind === "pan") mouse("mouseup", window);
  return lengths;
}

async function inPage(browser, { depth, address, body }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(observe);
    if (depth !== undefined) await page.addInitScript(deepen, depth);
    await page.goto(address);
    await page.locator(".react-flow__node").first().waitFor({ timeout: 60_000 });
    return await body(page);
  } finally {
    await context.close();
  }
}

const look = (page) => page.evaluate(() => globalThis.seen);
const blocking = (tasks) => tasks.reduce((sum, { duration }) => sum + duration - 50, 0);
const longest = (tasks) => Math.max(0, ...tasks.map(({ duration }) => duration));

/** The first load of a lesson, until nothing more is fetched. */
function load(browser, site, sent) {
  sent.length = 0;
  return inPage(browser, {
    address: `${site}${lesson}`,
    body: async (page) => {
      await page.locator(".katex").first().waitFor();
      await page.waitForLoadState("networkidle");
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(500);
      const { first, largest, shift, tasks, graph, formulas } = await look(page);
      const kilobytes = [...byKind(sent)].map(([kind, files]) => [
        `${kind}, kB`,
        files.reduce((sum, { bytes }) => sum + bytes, 0) / 1000,
      ]);
      const isFormula = ({ path }) => /typeset|KaTeX/.test(path);
      const all = sent.reduce((sum, { bytes }) => sum + bytes, 0);
      const late = sent.filter(isFormula).reduce((sum, { bytes }) => sum + bytes, 0);
      const twice = sent.length - new Set(sent.map(({ path }) => path)).size;
      return {
        "first contentful paint, ms": first,
        "largest contentful paint, ms": largest,
        "total blocking time, ms": blocking(tasks),
        "longest task, ms": longest(tasks),
        "cumulative layout shift": shift,
        "graph is there, ms": graph,
        "formulas are there, ms": formulas,
        ...Object.fromEntries(kilobytes),
        "until the graph, kB": (all - late) / 1000,
        "all, kB": all / 1000,
        "files fetched twice": twice,
      };
    },
  });
}

function byKind(files) {
  const groups = new Map();
  for (const file of files) groups.set(file.kind, [...(groups.get(file.kind) ?? []), file]);
  return groups;
}

function openStep(browser, site) {
  const address = `${site}${deepLesson}`;
  return inPage(browser, {
    ...{ address, depth: depths.step },
    body: async (page) => {
      await page.waitForTimeout(1500);
      const { graph, tasks } = await look(page);
      return {
        "step of 2,000 nodes is open, ms": graph,
        "longest task meanwhile, ms": longest(tasks),
      };
    },
  });
}

function moveThrough(browser, site) {
  return inPage(browser, {
    ...{ address: `${site}${deepLesson}`, depth: depths.picture },
    body: async (page) => {
      await page.waitForTimeout(3000);
      await page.evaluate(() => globalThis.seen.tasks.splice(0));
      await page.getByRole("button", { name: "Unfold all" }).click();
      await page.waitForFunction(() => document.querySelector(".react-flow__node-frame") !== null);
      await page.waitForTimeout(1500);
      const { tasks } = await look(page);
      const unfolding = longest(tasks);
      await page.locator(".react-flow__pane").scrollIntoViewIfNeeded();
      const found = { "unfolding 2,200 nodes, longest task, ms": unfolding };
      for (const kind of ["pan", "zoom"]) {
        const lengths = (await page.evaluate(frames, kind)).sort((a, b) => a - b);
        found[`${kind}: median frame, ms`] = median(lengths);
        found[`${kind}: 95 of 100 frames, ms`] = lengths[Math.floor(0.95 * lengths.length)];
      }
      return found;
    },
  });
}

const executablePath = chromiumPath();
const sent = [];
const server = await serve(resolve(values.page), sent);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const site = `http://127.0.0.1:${server.address().port}/`;
const results = [];
try {
  for (let run = 0; run < Number(values.runs); run++) {
    const found = await load(browser, site, sent);
    Object.assign(found, await openStep(browser, site), await moveThrough(browser, site));
    results.push(found);
  }
} finally {
  await browser.close();
  server.close();
}
for (const name of Object.keys(results[0])) {
  const all = results.map((result) => result[name] ?? 0);
  if (values.json) console.log(JSON.stringify({ name, median: median(all), all }));
  else
    console.log(
      `${name.padEnd(42)} ${median(all)
        .toFixed(median(all) < 10 ? 3 : 0)
        .padStart(8)}`,
    );
}
