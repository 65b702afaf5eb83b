// The server of Studio and clients that take their time, open too many connections, or speak other protocols than it does;
// and run folders in which every field of every description is something else than it should be.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Studio, startStudio } from "../../src/cli/server.ts";
import type { RunRow } from "../../src/train/index.ts";

const patience = {
  ...{ headersTimeout: 300, requestTimeout: 600, keepAliveTimeout: 300 },
  ...{ connectionsCheckingInterval: 50, idle: 700 },
};
const large = 8 << 20;
const script = `<img src=x onerror="alert(1)">`;
let folder = "";
let studio: Studio;
/** One that waits for nobody long. */
let hasty: Studio;
let host = "";
let headers: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-studio-"));
  mkdirSync(join(folder, "page"));
  writeFileSync(join(folder, "page/index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "page/large.js"), Buffer.alloc(large, " "));
  writeRuns(join(folder, "runs"));
  const options = { page: join(folder, "page"), folders: [join(folder, "runs")], port: 0 };
  studio = await startStudio(options);
  hasty = await startStudio({ ...options, folders: [] }, patience);
  host = `127.0.0.1:${studio.port}`;
  headers = { "X-Chainrule-Key": studio.key };
});
afterAll(async () => {
  await studio.close();
  await hasty.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a connection, sends something, and says what came until the server ended it. */
async function send({ port }: Studio, ...texts: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let got = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    got += piece;
  });
  socket.on("error", () => {});
  for (const text of texts) socket.write(text);
  await once(socket, "close");
  return got;
}

async function isWell({ port }: Studio = studio): Promise<void> {
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
}

describe("slow clients", () => {
  it.each([
    ["who send nothing", ""],
    ["who never finish the request line", "GET /"],
    ["who never finish the headers", "GET / HTTP/1.1\r\nHost: $H\r\nX-A: b"],
    [
      "who never send the body",
      "POST /api/runs/x/control HTTP/1.1\r\nHost: $H\r\nX-Chainrule-Key: $K\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
    ],
    [
      "who never finish a chunk",
      "POST /api/runs/x/control HTTP/1.1\r\nHost: $H\r\nX-Chainrule-Key: $K\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
  ])("%s are shut out", async (_, text) => {
    const got = await send(
      hasty,
      text.replace("$H", `127.0.0.1:${hasty.port}`).replace("$K", hasty.key),
    );
    expect(got).not.toMatch(/^HTTP\/1.1 200/);
    await isWell(hasty);
  });

  it("who send a header every now and then are shut out, too", async () => {
    const socket = connect(hasty.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${hasty.port}\r\n`);
    const timer = setInterval(() => socket.write("X-A: b\r\n"), 40);
    await once(socket, "close");
    clearInterval(timer);
    await isWell(hasty);
  });

  it("who read nothing of their answers are shut out", async () => {
    const socket = connect(hasty.port, "127.0.0.1");
    socket.on("error", () => {}).pause();
    const line = `GET /large.js HTTP/1.1\r\nHost: 127.0.0.1:${hasty.port}\r\n\r\n`;
    socket.write(line.repeat(10));
    await new Promise((resolve) => setTimeout(resolve, 3 * patience.idle));
    let bytes = 0;
    socket.on("data", (piece) => {
      bytes += piece.length;
    });
    socket.resume();
    await once(socket, "close"); // what was under way comes, and then the end
    expect(bytes).toBeLessThan(10 * large);
    await isWell(hasty);
  });
});

it("takes 200 connections at a time, and is there again when they have gone", async () => {
  const sockets: Socket[] = [];
  for (let k = 0; k < 260; k++) sockets.push(connect(hasty.port, "127.0.0.1"));
  const ends = sockets.map((socket) => once(socket.on("error", () => {}).resume(), "close"));
  await Promise.all(ends);
  await isWell(hasty);
});

describe("malformed requests", () => {
  it.each([
    ["NUL in the address", "GET /\0 HTTP/1.1\r\nHost: $H\r\n\r\n"],
    ["a line feed alone", "GET / HTTP/1.1\nHost: $H\n\n\n"],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["HTTP/2", "GET / HTTP/2.0\r\nHost: $H\r\n\r\n"],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost: $H\r\nno colon\r\n\r\n"],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : evil.example\r\nHost: $H\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\nHost: $H\r\nX: a\r\n\tHost: evil.example\r\n\r\n"],
    ["a negative length", "POST / HTTP/1.1\r\nHost: $H\r\nContent-Length: -1\r\n\r\n"],
    [
      "a length that overflows",
      "POST / HTTP/1.1\r\nHost: $H\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    ],
    [
      "a chunk that overflows",
      "POST / HTTP/1.1\r\nHost: $H\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    ],
    [
      "an encoding that is none",
      "POST / HTTP/1.1\r\nHost: $H\r\nTransfer-Encoding: xchunked\r\n\r\n",
    ],
    ["3,000 headers", `GET / HTTP/1.1\r\nHost: $H\r\n${"aa: bb\r\n".repeat(3000)}\r\n`],
    ["a method of 5 kB", `${"G".repeat(5000)} / HTTP/1.1\r\nHost: $H\r\n\r\n`],
    ["10,000 cookies", `GET / HTTP/1.1\r\nHost: $H\r\nCookie: ${"a=b; ".repeat(10_000)}\r\n\r\n`],
  ])("with %s get nothing", async (_, text) => {
    const got = await send(studio, text.replace("$H", host));
    expect(got === "" || /^HTTP\/1.1 (4|5)\d\d /.test(got)).toBe(true);
    expect(got).not.toContain("<title>");
    await isWell();
  });

  it("cannot hide a second request in the body of the first", async () => {
    const hidden = `GET /api/runs HTTP/1.1\r\nHost: ${host}\r\nX-Chainrule-Key: ${studio.key}\r\n\r\n`;
    const first = `GET / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${hidden.length}\r\nConnection: close\r\n\r\n`;
    expect(await send(studio, first, hidden)).not.toContain('"runs"');
  });
});

describe("pages elsewhere", () => {
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const socketKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  it.each(["https://evil.example", "null", "http://127.0.0.1:1"])(
    "get no WebSocket and no stream of events with origin %s",
    async (origin) => {
      for (const extra of [
        `${upgrade}${socketKey}`,
        "Accept: text/event-stream\r\nConnection: close\r\n",
      ]) {
        const key = `X-Chainrule-Key: ${studio.key}\r\n`;
        const got = await send(
          studio,
          `GET /api/runs HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n${key}${extra}\r\n`,
        );
        expect(got).toMatch(/^HTTP\/1.1 403/);
        expect(got).not.toMatch(/101 |Access-Control|"runs"/);
      }
    },
  );

  it("get no WebSocket with the right host and origin either, as there is none", async () => {
    const own = `127.0.0.1:${hasty.port}`;
    const got = await send(
      hasty,
      `GET / HTTP/1.1\r\nHost: ${own}\r\nOrigin: http://${own}\r\n${upgrade}${socketKey}\r\n`,
    );
    expect(got).toMatch(/^HTTP\/1.1 200 OK/); // the page, as if nothing had been asked
  });

  it("cannot guess runs by images, scripts or frames", async () => {
    for (const dest of ["image", "script", "iframe", "style"]) {
      const foreign = { ...headers, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest };
      const answer = await fetch(`http://${host}/api/runs`, { headers: foreign });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
    }
  });
});

describe("runs that anybody may have written", () => {
  it("are rows of the form that the page expects, whatever their files say", async () => {
    const { runs } = (await (await fetch(`http://${host}/api/runs`, { headers })).json()) as {
      runs: RunRow[];
    };
    expect(runs.length).toBeGreaterThan(150);
    for (const row of runs) {
      const texts = [row.id, row.name, row.folder, row.recipe, row.status, row.when];
      expect([row.name, texts.map((text) => typeof text)]).toEqual([
        row.name,
        texts.map(() => "string"),
      ]);
      const numbers = [...Object.values(row.results), row.epochs ?? 0, row.epochsWanted ?? 0];
      expect([row.name, numbers.every((value) => typeof value === "number")]).toEqual([
        row.name,
        true,
      ]);
      expect(Object.prototype.toString.call(row.configuration)).toBe("[object Object]");
      expect(row.status).not.toBe("live");
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("show nothing from behind their links, pipes and folders with the names of files", async () => {
    const { runs } = (await (await fetch(`http://${host}/api/runs`, { headers })).json()) as {
      runs: RunRow[];
    };
    const row = runs.find(({ name }) => name === "leading-out")!;
    const details = await (await fetch(`http://${host}/api/runs/${row.id}`, { headers })).text();
    expect(details).toContain('"checkpoints":[]');
    expect(details + JSON.stringify(row)).not.toMatch(/step-77|secret/);
    expect(row.live).toBeUndefined();
    expect(row.files).toEqual([]);
  });
});

/** Runs with one field of their description spoiled each, and one that leads elsewhere. */
function writeRuns(root: string): void {
  const run = JSON.parse(
    readFileSync(new URL("./spoiled-run.json", import.meta.url), "utf8"),
  ) as Readonly<Record<"run" | "report", Readonly<Record<string, unknown>>>>;
  const values = [null, -1, 1e308, script, [[]], { a: { b: 1 } }, true, "y".repeat(5000)];
  let count = 0;
  for (const [file, content] of Object.entries(run)) {
    for (const name of Object.keys(content)) {
      for (const value of [undefined, ...values]) {
        const place = join(root, `${file} ${name} ${count++}`);
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, `${file}.json`), JSON.stringify({ ...content, [name]: value }));
        writeFileSync(join(place, "model.safetensors"), "");
      }
    }
  }
  const outside = join(root, "../outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "step-77.safetensors"), "secret");
  const live = { process: 1, status: "running", epoch: 1, epochs: 2, step: 3, seconds: 4 };
  const facts = { ...live, learningRate: 1, at: Date.now() + 1e9, secret: "secret" };
  writeFileSync(join(outside, "live.json"), JSON.stringify(facts));
  const leading = join(root, "leading-out");
  mkdirSync(join(leading, "history.jsonl"), { recursive: true });
  writeFileSync(join(leading, "model.safetensors"), "");
  writeFileSync(join(leading, "report.json"), JSON.stringify(run.report));
  symlinkSync(outside, join(leading, "checkpoints"));
  symlinkSync(outside, join(leading, "tensorboard"));
  symlinkSync(join(outside, "live.json"), join(leading, "live.json"));
  if (process.platform !== "win32") execFileSync("mkfifo", [join(leading, "metrics.jsonl")]);
}
