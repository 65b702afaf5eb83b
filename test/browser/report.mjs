// Opens a run's report in a real Chromium, from disk, with names that try to be markup: nothing may run, nothing may be
// loaded, everything must be drawn, in both languages, light and dark, wide and narrow. Prints `N passed, N failed`.
// `node test/browser/report.mjs [folder of the built package]`.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath } from "./chromium.mjs";

const packageFolder = resolve(process.argv[2] ?? join(import.meta.dirname, "../.."));
const { writeReport } = await import(pathToFileURL(join(packageFolder, "dist/train/node.js")));
const executablePath = chromiumPath();

const evil = `</script><script>window.evil = 1</script><img src=x onerror="window.evil = 1">`;
const run = mkdtempSync(join(tmpdir(), "chainrule-report-"));
let passed = 0;
let failed = 0;

try {
  writeRun(run);
  const path = await writeReport(run);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  for (const colorScheme of ["light", "dark"])
    for (const width of [360, 1200]) await look(browser, path, { colorScheme, width });
  await openIn(browser, path, "zh-TW", "曲线");
  await openIn(browser, path, "de-DE", "Curves");
  await openIn(browser, await writeReport(run, { language: "zh" }), "en-US", "曲线");
  await browser.close();
} finally {
  rmSync(run, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function look(browser, path, { colorScheme, width }) {
  const context = await browser.newContext({
    colorScheme,
    locale: "en-US",
    viewport: { width, height: 800 },
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`loads ${request.url()}`);
  });
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector("canvas");
  const where = `${colorScheme}, ${width} px`;
  const facts = () =>
    page.evaluate(() => ({
      evil: "evil" in window,
      charts: document.querySelectorAll("canvas").length,
      overflow: document.documentElement.scrollWidth - innerWidth,
      title: document.querySelector("h1").textContent,
      headings: [...document.querySelectorAll("h2")].map((element) => element.textContent).join(),
    }));
  const english = await facts();
  check(`${where}: names stay texts`, !english.evil && english.title.includes(evil));
  check(`${where}: all charts are drawn`, english.charts === 6);
  check(`${where}: no wider than the page`, english.overflow <= 0);
  check(
    `${where}: all sections`,
    english.headings ===
      "Curves,Findings,Confusion matrix,Worst examples,Gradient health,Model,Configuration,Environment",
  );
  for (const label of ["Smooth", "Log scale"]) await page.getByLabel(label).click();
  await page.getByRole("button").click();
  await page.waitForSelector("canvas");
  const chinese = await facts();
  const found = await page.locator(".finding").last().innerText();
  check(
    `${where}: findings in Chinese throughout: ${found}`,
    found.includes("全部输出 0。") && !/are 0|passes|Lower/.test(found),
  );
  check(
    `${where}: in Chinese`,
    chinese.headings.startsWith("曲线,诊断,混淆矩阵,最差样本,梯度健康"),
  );
  check(
    `${where}: nothing goes wrong${complaints.map((text) => `: ${text}`)}`,
    complaints.length === 0,
  );
  await context.close();
}

/** A page begins in the language that was chosen for it, else in its reader's. */
async function openIn(browser, path, locale, heading) {
  const page = await browser.newPage({ locale });
  await page.goto(pathToFileURL(path).href);
  const found = await page.locator("h2").first().innerText();
  check(`${locale}: begins with ${heading}, not ${found}`, found === heading);
  await page.close();
}

function check(what, holds) {
  if (holds) passed++;
  else failed++;
  if (!holds) console.error(`failed: ${what}`);
}

/** A run directory with something of everything. */
function writeRun(folder) {
  const steps = Array.from({ length: 300 }, (_, k) => k + 1);
  const lines = steps.flatMap((step) => {
    const train = { loss: 1 / step, [evil]: step };
    const facts = { epoch: 1, seconds: step / 100, learningRate: 1 / step, gradientNorm: 1, train };
    const weights = { "0.weight": 1, [`${evil}.weight`]: 2 };
    const updates = { "0.weight": 1e-3, [`${evil}.weight`]: 0 };
    return [
      { kind: "step", step, ...facts },
      { kind: "health", step, epoch: 1, weights, updates, gradients: { "0.weight": 1 / step } },
    ];
  });
  const epoch = { kind: "epoch", step: 300, epoch: 1, seconds: 3, samples: 9, learningRate: 0 };
  lines.push({ ...epoch, train: { loss: 0.1 }, validation: { loss: 0.2 } });
  const text = lines.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  writeFileSync(join(folder, "metrics.jsonl"), `${text}{"kind":"st`);
  const row = { path: evil, depth: 1, layer: evil, outputs: [[1, 2]], parameters: 3, flops: 4 };
  const worst = { index: 0, loss: 1, label: evil, predicted: evil, probability: 0.5 };
  const facts = {
    ...{ format: "chainrule-report", version: 1, name: evil, startedAt: "2026-01-01T00:00:00Z" },
    ...{ ended: evil, configuration: { [evil]: evil }, environment: { [evil]: evil } },
    model: { rows: [row], parameters: 3, trainable: 3, parameterBytes: 12, flops: 4 },
    examination: {
      samples: 4,
      classes: ["a", evil],
      confusion: [1, 1, 0, 2],
      worst: [{ ...worst, picture: `data:text/html,${evil}` }, worst],
    },
    findings: [
      { name: evil, severity: evil, layer: evil, found: evil, meaning: evil, help: evil },
      {
        ...{ name: "dead-relu", severity: "error", layer: "layers.1" },
        ...{ found: "All are 0.", foundInChinese: "全部输出 0。" },
        ...{ meaning: "It passes no gradient.", help: "Lower the rate." },
      },
    ],
  };
  writeFileSync(join(folder, "report.json"), JSON.stringify(facts));
}
