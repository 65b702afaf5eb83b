// `chainrule studio` as a user meets it: the real bundle in a child process, from the printed address to Ctrl-C.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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

const training = ["train", "digits", "--epochs", "1", "--hidden", "none", "--studio", "--no-open"];

it("says after `train --studio` how to see the run where there is no terminal, and ends", async () => {
  const child = spawn(process.execPath, [command, ...training, "--out", "runs/no terminal"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    text += piece;
  });
  expect((await once(child, "exit"))[0]).toBe(0);
  expect(text).toContain("npx chainrule studio 'runs/no terminal'");
  expect(text).not.toContain("http://");
}, 30_000);

const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0; // util-linux

it.skipIf(!hasScript)(
  "serves the run after `train --studio` in a terminal, until Ctrl-C",
  async () => {
    const line = ["exec", process.execPath, command, ...training].join(" "); // a shell above it might die of the Ctrl-C
    const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: folder });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => {
      text += piece;
    });
    while (!text.includes("Ctrl-C")) await once(child.stdout, "data");
    const [, site, key] = text.match(/(http:\/\/127\.0\.0\.1:\d+)\/#\/runs\?key=([0-9a-f]{32})/)!;
    const answer = await fetch(`${site}/api/runs`, { headers: { "X-Chainrule-Key": key } });
    const { runs } = (await answer.json()) as { runs: { status: string; name: string }[] };
    expect(runs).toContainEqual(
      expect.objectContaining({ status: "finished", name: expect.stringMatching(/^digits-/) }),
    );
    child.stdin.write("\x03");
    expect((await once(child, "exit"))[0]).toBe(0);
  },
  30_000,
);
