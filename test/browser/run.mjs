// Trains a network in a real Chromium, from the built package, and checks the outcome. Prints `N passed, N failed`.

import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";

const here = import.meta.dirname;
const dist = resolve(here, "../../dist");
const candidates = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = candidates.find((path) => path && existsSync(path));
if (!executablePath) {
  console.error(
    "test:browser needs Chromium: apt-get install chromium, or set CHROMIUM to its path.",
  );
  process.exit(1);
}

const bundle = await rolldown({
  input: resolve(here, "page.ts"),
  platform: "browser",
  tsconfig: false, // its paths lead to the sources; this test is of the built package
  resolve: { alias: { "chainrule/data": `${dist}/data/index.js`, chainrule: `${dist}/index.js` } },
});
const { output } = await bundle.generate({ format: "esm", minify: true });
const code = output[0].code;

const server = createServer((request, response) => {
  const script = request.url === "/page.js";
  response.setHeader("content-type", script ? "text/javascript" : "text/html");
  response.end(script ? code : '<!doctype html><script type="module" src="/page.js"></script>');
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
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => "report" in globalThis);
  const report = await page.evaluate(() => globalThis.report);
  console.log(`bundle ${(code.length / 1024).toFixed(0)} KiB; ${JSON.stringify(report)}`);
  if (!(report.losses[1] < report.losses[0] / 4))
    failures.push(`the loss did not fall: ${report.losses}`);
  if (!(report.accuracy >= 0.93)) failures.push(`test accuracy ${report.accuracy} is below 0.93`);
  if (report.traces > 2) failures.push(`the step was recorded ${report.traces} times`);
} catch (error) {
  failures.push(String(error));
} finally {
  await browser.close();
  server.close();
}
for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exit(failures.length === 0 ? 0 : 1);
