// Trains a network in a real Chromium, from the built package, and checks the outcome. Prints `N passed, N failed`.

import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { chromiumPath } from "./chromium.mjs";

const here = import.meta.dirname;
const dist = resolve(here, "../../dist");
const executablePath = chromiumPath();

async function bundled(file) {
  const bundle = await rolldown({
    input: resolve(here, file),
    platform: "browser",
    external: ["fast-png", "jpeg-js", "hyparquet", "@uwdata/flechette"], // optional, and not used here
    tsconfig: false, // its paths lead to the sources; this test is of the built package
    resolve: {
      alias: { "chainrule/data": `${dist}/data/index.js`, chainrule: `${dist}/index.js` },
    },
  });
  return (await bundle.generate({ format: "esm", minify: true })).output;
}

const output = await bundled("page.ts");
const loading = await bundled("loading.ts");
const page = `<!doctype html><script type="module" src="/${output[0].fileName}"></script>`;
const files = [...output, ...loading].map(({ fileName, code }) => [`/${fileName}`, code]);
const scripts = new Map(files);
const kibibytes = output.reduce((sum, { code }) => sum + code.length, 0) / 1024;

/** Headers by which a page may share memory with workers, and so have threads. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const server = createServer((request, response) => {
  const script = scripts.get(request.url);
  if (request.url !== "/") response.setHeaders(new Map(Object.entries(isolation)));
  response.setHeader("content-type", script === undefined ? "text/html" : "text/javascript");
  response.end(script ?? page);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});
const failures = [];
const check = (holds, text) => {
  if (!holds) failures.push(text);
};
try {
  for (const path of ["/", "/isolated"]) {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => failures.push(String(error)));
    await tab.goto(`http://127.0.0.1:${server.address().port}${path}`);
    await tab.waitForFunction(() => "report" in globalThis);
    const report = await tab.evaluate(() => globalThis.report);
    console.log(`${path}: bundle ${kibibytes.toFixed(0)} KiB; ${JSON.stringify(report)}`);
    check(report.losses[1] < report.losses[0] / 4, `the loss did not fall: ${report.losses}`);
    check(report.accuracy >= 0.93, `test accuracy ${report.accuracy} is below 0.93`);
    check(report.traces <= 2, `the step was recorded ${report.traces} times`);
    check(report.loaded === 15, `workers loaded ${report.loaded} batches of 15`);
    check(report.loadedSame, "batches of workers differ from the page's own");
    check(report.read, "a canvas, an image file or a table file is read as something else");
    check(report.same, `threads changed a result on ${path}`);
    if (path === "/") check(report.threads === 1, "threads without shared memory");
    else
      check(report.threads > 1 || availableParallelism() === 1, "no threads on an isolated page");
  }
} catch (error) {
  failures.push(String(error));
} finally {
  await browser.close();
  server.close();
}
for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? "2 passed, 0 failed" : "0 passed, 2 failed");
process.exit(failures.length === 0 ? 0 : 1);
