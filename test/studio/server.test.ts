// The server of Studio under attack: each test sends what a foreign page, another user of the machine or a file of unknown
// origin could, over a plain socket where a client library would mend it first, and none gets anything.

import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Studio, startStudio } from "../../src/cli/server.ts";

const secret = "the secret outside";
const script = `<script>alert("x")</script>`;
let folder = "";
let studio: Studio;
/** Ids of runs by name. */
let ids: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-studio-"));
  writeFileSync(join(folder, "secret.txt"), secret);
  writeFileSync(join(folder, "secret.json"), JSON.stringify({ secret }));
  makePage(join(folder, "page"));
  for (const name of ["good", "torn", "linked", "huge", "bytes", script])
    mkdirSync(join(folder, "runs", name), { recursive: true });
  const inRuns = (path: string, content: string): void =>
    writeFileSync(join(folder, "runs", path), content);
  const report = { format: "chainrule-report", version: 1, name: script, startedAt: "" };
  const facts = { ...report, configuration: { [script]: script }, environment: {} };
  inRuns("good/report.json", JSON.stringify(facts));
  inRuns("good/metrics.jsonl", `{"kind":"step","step":1,"train":{"loss":1}}\n`);
  inRuns(`${script}/report.json`, JSON.stringify(facts));
  inRuns("torn/run.json", '{"format":');
  inRuns("bytes/run.json", "\u0000\u0001\ufffd[".repeat(1000));
  inRuns("huge/report.json", "");
  truncateSync(join(folder, "runs/huge/report.json"), 2 ** 33);
  inRuns("linked/model.safetensors", "");
  for (const name of ["run.json", "report.json", "metrics.jsonl", "a.tfevents.1"])
    symlinkSync(join(folder, "secret.json"), join(folder, "runs/linked", name));
  symlinkSync(folder, join(folder, "runs/out"));
  studio = await startStudio({
    page: join(folder, "page"),
    folders: [join(folder, "runs")],
    port: 0,
  });
  const { runs } = JSON.parse((await ask("/api/runs")).body) as {
    runs: { name: string; id: string }[];
  };
  ids = Object.fromEntries(runs.map(({ name, id }) => [name, id]));
});
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

function makePage(page: string): void {
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(page, "assets/a.js"), "1");
  writeFileSync(join(page, "notes.secret"), secret);
  symlinkSync(join(folder, "secret.txt"), join(page, "link.txt"));
}

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are and reads until the server closes. */
async function send(text: string): Promise<Answer> {
  const socket = connect(studio.port, "127.0.0.1");
  let got = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    got += piece;
  });
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  const cut = got.indexOf("\r\n\r\n");
  return { status: Number(got.slice(9, 12)), head: got.slice(0, cut), body: got.slice(cut + 4) };
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A request as the page makes it, but for what is changed; `undefined` leaves a header out. */
function ask(
  target: string,
  { method = "GET", headers = {}, body = "" }: Ask = {},
): Promise<Answer> {
  const all: Record<string, string | undefined> = {
    Host: `127.0.0.1:${studio.port}`,
    "X-Chainrule-Key": studio.key,
    "Content-Length": body === "" ? undefined : String(Buffer.byteLength(body)),
    Connection: "close",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return send(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

const json = { "Content-Type": "application/json" };

describe("the page", () => {
  it("is served with headers that keep everything else out", async () => {
    const { status, head, body } = await ask("/");
    expect(status).toBe(200);
    expect(body).toContain("<title>page</title>");
    expect(head).toMatch(/Cross-Origin-Opener-Policy: same-origin/);
    expect(head).toMatch(/Cross-Origin-Embedder-Policy: require-corp/);
    expect(head).toMatch(/X-Content-Type-Options: nosniff/);
    const policy = head.match(/Content-Security-Policy: (.*)/)![1];
    expect(policy).toMatch(/default-src 'none'.*script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy).not.toMatch(/'unsafe-eval'|http|\*/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
    expect((await ask("/assets/a.js?v=1")).body).toBe("1");
  });

  it("listens on 127.0.0.1 and no other address", async () => {
    const socket = connect(studio.port, "::1");
    const outcome = await Promise.race([
      once(socket, "connect").then(() => "connected"),
      once(socket, "error").then(() => "refused"),
    ]).catch(() => "refused");
    socket.destroy();
    expect(outcome).toBe("refused");
  });
});

describe("traversal", () => {
  it.each([
    "/../secret.txt",
    "/../../../../etc/passwd",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/....//secret.txt",
    "//etc/passwd",
    "/./index.html",
    "/index.html%00.js",
    "/C:/Windows/win.ini",
    "/C:\\Windows\\win.ini",
    "/\\\\server\\share\\file",
    "/index.html::$DATA",
    "/INDEX.HTML",
    "/link.txt",
    "/notes.secret",
    "/__proto__",
    "/constructor",
  ])("finds nothing at %s", async (target) => {
    const { status, body } = await ask(target);
    expect(status).toBe(404);
    expect(body).not.toContain(secret);
  });

  it.each(["..", "%2e%2e", "../../secret.txt", "..%2f..%2fsecret.txt", "__proto__", "C:"])(
    "finds no run and no file of a run named %s",
    async (name) => {
      for (const target of [
        `/api/runs/${name}`,
        `/api/runs/${ids.good}/files/${name}`,
        `/api/runs/${name}/files/metrics.jsonl`,
      ]) {
        const { status, body } = await ask(target);
        expect(status).toBe(404);
        expect(body).not.toContain(secret);
      }
    },
  );

  it("follows no link out of a folder with runs", async () => {
    expect(Object.keys(ids).some((name) => name.startsWith("out"))).toBe(false);
    const details = await ask(`/api/runs/${ids.linked}`);
    const log = await ask(`/api/runs/${ids.linked}/files/metrics.jsonl`);
    const list = await ask("/api/runs");
    for (const { body } of [details, log, list]) expect(body).not.toContain(secret);
    expect(log.status).toBe(404);
    expect(list.body).toContain("a file of the run is a link or too large");
  });

  it("does not open a log that has become a link after it was found", async () => {
    const path = join(folder, "runs/good/metrics.jsonl");
    const before = await ask(`/api/runs/${ids.good}/files/metrics.jsonl`);
    expect(before.body).toContain('"loss":1');
    rmSync(path);
    symlinkSync(join(folder, "secret.txt"), path);
    const after = await ask(`/api/runs/${ids.good}/files/metrics.jsonl`);
    expect(after.status).toBe(404);
    rmSync(path);
    writeFileSync(path, before.body);
  });
});

describe("other pages in the same browser", () => {
  it.each([
    ["a host name of its own (DNS rebinding)", { Host: "evil.example" }],
    ["that name with the right port", { Host: "evil.example:$PORT" }],
    ["a name that ends like ours", { Host: "127.0.0.1.evil.example:$PORT" }],
    ["the right host at another port", { Host: "127.0.0.1:1" }],
    ["the right host without a port", { Host: "127.0.0.1" }],
    ["an empty host", { Host: "" }],
    ["a foreign origin", { Origin: "https://evil.example" }],
    ["the origin of a page from disk", { Origin: "null" }],
    ["our origin over https", { Origin: "https://127.0.0.1:$PORT" }],
    ["an origin on another port", { Origin: "http://127.0.0.1:1" }],
    ["the other name of this machine as origin", { Origin: "http://localhost:$PORT" }],
  ])("are refused with %s", async (_, headers) => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([k, v]) => [k, v.replace("$PORT", String(studio.port))]),
    );
    for (const target of ["/", "/api/runs"]) {
      const { status, body } = await ask(target, { headers: filled });
      expect([403, 421]).toContain(status);
      expect(body).not.toMatch(/title|"runs"/);
    }
  });

  it.each(["cross-site", "same-site", "none"])("see no run as %s", async (site) => {
    const { status } = await ask("/api/runs", { headers: { "Sec-Fetch-Site": site } });
    expect(status).toBe(403);
  });

  it("are not allowed in by CORS", async () => {
    const { status, head } = await ask("/api/runs", {
      method: "OPTIONS",
      headers: {
        "Access-Control-Request-Headers": "x-chainrule-key",
        "X-Chainrule-Key": undefined,
      },
    });
    expect(status).toBe(401);
    expect(head).not.toMatch(/Access-Control/i);
  });
});

describe("other users of the same machine", () => {
  it.each([undefined, "", "0".repeat(32), "x"])("see no run with the key %s", async (key) => {
    for (const target of ["/api/runs", `/api/runs/${ids.good}`, "/api/anything"]) {
      const { status } = await ask(target, { headers: { "X-Chainrule-Key": key } });
      expect(status).toBe(401);
    }
  });

  it("cannot give the key in the address or a cookie", async () => {
    const headers = { "X-Chainrule-Key": undefined, Cookie: `key=${studio.key}` };
    expect((await ask(`/api/runs?key=${studio.key}`, { headers })).status).toBe(401);
  });

  it("has a key of its own at each start", async () => {
    const other = await startStudio({ page: join(folder, "page"), folders: [], port: 0 });
    await other.close();
    expect(other.key).toMatch(/^[0-9a-f]{32}$/);
    expect(other.key).not.toBe(studio.key);
  });
});

describe("oversized and malformed requests", () => {
  it.each([
    ["no HTTP at all", "hello\r\n\r\n", 400],
    ["bytes of TLS", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400],
    ["a method of another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    [
      "two lengths",
      "GET / HTTP/1.1\r\nHost: $H\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      400,
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: $H\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["a header with NUL", "GET / HTTP/1.1\r\nHost: $H\r\nX: \0\r\n\r\n", 400],
    [
      "two hosts",
      "GET / HTTP/1.1\r\nHost: $H\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
      400,
    ],
    ["an absolute address", "GET http://evil.example/ HTTP/1.1\r\nHost: $H\r\n\r\n", 400],
    ["a star", "OPTIONS * HTTP/1.1\r\nHost: $H\r\n\r\n", 400],
    ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["HTTP/1.0", "GET / HTTP/1.0\r\nHost: $H\r\n\r\n", 505],
    ["headers of 100 kB", `GET / HTTP/1.1\r\nHost: $H\r\nX: ${"a".repeat(100_000)}\r\n\r\n`, 400],
    ["an address of 4 kB", `GET /${"a".repeat(4000)} HTTP/1.1\r\nHost: $H\r\n\r\n`, 414],
  ])("answers %s", async (_, text, status) => {
    const answer = await send(text.replace("$H", `127.0.0.1:${studio.port}`));
    if (Number.isNaN(answer.status) || answer.status === 0) expect(answer.body).toBe("");
    else expect(answer.status).toBe(status);
    expect((await ask("/")).status).toBe(200);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])("refuses %s", async (method) => {
    expect((await ask("/", { method })).status).toBe(405);
    expect((await ask("/api/runs", { method })).status).toBe(405);
  });

  it("gives CONNECT and upgrades nothing", async () => {
    const host = `127.0.0.1:${studio.port}`;
    const tunnel = await send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(tunnel.body).toBe("");
    const headers = { Upgrade: "websocket", Connection: "Upgrade, close" };
    expect((await ask("/api/runs", { headers, method: "GET" })).head).not.toMatch(/101/);
  });

  it.each(["-1", "1e9", "0x10", "9".repeat(20), "1&from=2", "%00", "NaN"])(
    "refuses from=%s",
    async (from) => {
      const target = `/api/runs/${ids.good}/files/metrics.jsonl?from=${from}`;
      expect((await ask(target)).status).toBe(400);
    },
  );

  it("gives nothing from behind a file's end", async () => {
    const target = `/api/runs/${ids.good}/files/metrics.jsonl?from=999999999999999`;
    const { status, body } = await ask(target);
    expect([status, body]).toEqual([200, ""]);
  });
});

describe("control", () => {
  const target = (): string => `/api/runs/${ids.good}/control`;

  it("refuses bodies that are too large", async () => {
    const body = JSON.stringify({ paused: true, x: "a".repeat(5000) });
    expect((await ask(target(), { method: "POST", headers: json, body })).status).toBe(413);
  });

  it("refuses what a form of another page can send", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const headers = { "Content-Type": type };
      const answer = await ask(target(), { method: "POST", headers, body: '{"paused":true}' });
      expect(answer.status).toBe(415);
    }
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"paused":1}',
    '{"learningRate":-1}',
    '{"learningRate":"1"}',
    '{"learningRate":1e999}',
    '{"stop":false}',
    '{"paused":true,"path":"/etc"}',
    '{"__proto__":{"paused":true}}',
  ])("does not understand %s", async (body) => {
    const answer = await ask(target(), { method: "POST", headers: json, body });
    expect(answer.status).toBe(400);
  });

  it("refuses a run that no process trains, and writes nothing", async () => {
    const answer = await ask(target(), { method: "POST", headers: json, body: '{"stop":true}' });
    expect(answer.status).toBe(409);
    expect((await ask(target(), { method: "GET" })).status).toBe(405);
  });
});

describe("runs of unknown origin", () => {
  it("are listed as damaged where their files are, and hide no other", async () => {
    const { runs } = JSON.parse((await ask("/api/runs")).body) as {
      runs: { name: string; status: string }[];
    };
    const status = Object.fromEntries(runs.map((run) => [run.name, run.status]));
    expect(status).toMatchObject({ torn: "damaged", bytes: "damaged", huge: "damaged" });
    expect(status.good).toBe("training");
  });

  it("send script as text in JSON, with a type that no browser runs", async () => {
    const { head, body } = await ask(`/api/runs/${ids.good}`);
    expect(head).toMatch(/Content-Type: application\/json/);
    expect(JSON.parse(body)).toMatchObject({ report: { name: script } });
  });
});
