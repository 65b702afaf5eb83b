// `chainrule studio` as a user meets it: the real bundle in a child process, from the printed address to Ctrl-C.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildCommand } from "../cli/build.ts";

let folder = "";
let command = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-studio-"));
  command = await buildCommand(folder);
  mkdirSync(join(folder, "runs"));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: readonly string[]): { child: ChildProcess; text: () => string } {
  const child = spawn(process.execPath, [command, "studio", "--no-open", ...args], { cwd: folder });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece) => {
      text += piece;
    });
  return { child, text: () => text };
}

it("says what is missing where there is no built page", async () => {
  const { child, text } = start();
  expect((await once(child, "exit"))[0]).toBe(1);
  expect(text()).toMatch(/MISSING_FILE[\s\S]*the built page is not in/);
});

it("prints an address that works, and ends quietly on Ctrl-C", async () => {
  mkdirSync(join(folder, "dist/studio"), { recursive: true });
  writeFileSync(join(folder, "dist/studio/index.html"), "<!doctype html><title>Studio</title>");
  const { child, text } = start("--port", "0");
  while (!text().includes("Ctrl-C")) await once(child.stdout!, "data");
  const [, site, key] = text().match(/(http:\/\/127\.0\.0\.1:\d+)\/#\/runs\?key=([0-9a-f]{32})/)!;
  expect(await (await fetch(site)).text()).toContain("<title>Studio</title>");
  const runs = await fetch(`${site}/api/runs`, { headers: { "X-Chainrule-Key": key } });
  expect(await runs.json()).toEqual({ runs: [] });
  child.kill("SIGINT");
  expect((await once(child, "exit"))[0]).toBe(0);
});

it("refuses folders that there are not, ports that are taken, and ports that are none", async () => {
  const missing = start("nowhere");
  expect((await once(missing.child, "exit"))[0]).toBe(1);
  expect(missing.text()).toMatch(/there is no folder/);
  const wrong = start("--port", "70000");
  expect((await once(wrong.child, "exit"))[0]).toBe(2);
  const first = start("--port", "0");
  while (!first.text().includes("Ctrl-C")) await once(first.child.stdout!, "data");
  const port = first.text().match(/127\.0\.0\.1:(\d+)/)![1];
  const second = start("--port", port);
  expect((await once(second.child, "exit"))[0]).toBe(1);
  expect(second.text()).toMatch(new RegExp(`another program uses port ${port}`));
  first.child.kill("SIGTERM");
  await once(first.child, "exit");
});
