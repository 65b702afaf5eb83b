// How the page's files are sent: those with a hash in their name are kept by browsers and packed, and the page itself is
// asked for each time.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Studio, startStudio } from "../../src/cli/server.ts";

const script = "export const x = 1;\n".repeat(1000);
let folder = "";
let studio: Studio;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-pages-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "assets/worker-AbC_12-x.js"), script);
  writeFileSync(join(folder, "assets/Main-Regular-B22Nviop.woff2"), script);
  writeFileSync(join(folder, "plain.js"), script);
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), "MIT"); // eight letters, and no hash
  studio = await startStudio({ page: folder, folders: [], port: 0 });
});
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function ask(path: string, encodings = "gzip, deflate, br", method = "GET"): Promise<Answer> {
  const headers = { "accept-encoding": encodings };
  const wanted = { host: "127.0.0.1", port: studio.port, path, method, headers };
  return new Promise((resolve, reject) => {
    const sent = request(wanted, async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      resolve({ headers: response.headers, body: Buffer.concat(pieces) });
    });
    sent.once("error", reject).end();
  });
}

describe("the files of the page", () => {
  it("are kept for good and packed where their name changes with their content", async () => {
    for (const _ of [1, 2]) {
      const { headers, body } = await ask("/assets/worker-AbC_12-x.js");
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers["content-encoding"]).toBe("br");
      expect(headers.vary).toBe("Accept-Encoding");
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(Number(headers["content-length"])).toBe(body.length);
      expect(body.length).toBeLessThan(script.length / 20);
      expect(brotliDecompressSync(body).toString()).toBe(script);
    }
  });

  it.each(["", "gzip", "br;q=0", "gzip, br;q=0.0, deflate"])(
    "come as they are for browsers that take %j",
    async (encodings) => {
      const { headers, body } = await ask("/assets/worker-AbC_12-x.js", encodings);
      expect(headers["content-encoding"]).toBeUndefined();
      expect(body.toString()).toBe(script);
    },
  );

  it("are packed for a preference below the highest", async () => {
    const { headers } = await ask("/assets/worker-AbC_12-x.js", "gzip, br;q=0.5");
    expect(headers["content-encoding"]).toBe("br");
  });

  it("are not packed twice", async () => {
    const { headers, body } = await ask("/assets/Main-Regular-B22Nviop.woff2");
    expect(headers["cache-control"]).toContain("immutable");
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body.length).toBe(script.length);
  });

  it("are asked for anew where their name says nothing of their content", async () => {
    for (const path of ["/", "/index.html", "/plain.js", "/THIRD-PARTY-LICENSES.txt"]) {
      const { headers } = await ask(path);
      expect(headers["cache-control"]).toBe("no-cache");
    }
  });

  it("have the same headers without a body", async () => {
    const { headers, body } = await ask("/assets/worker-AbC_12-x.js", "br", "HEAD");
    expect(headers["content-encoding"]).toBe("br");
    expect(Number(headers["content-length"])).toBeGreaterThan(0);
    expect(body.length).toBe(0);
  });

  it("leave answers about runs unkept", async () => {
    expect((await ask("/api/runs")).headers["cache-control"]).toBe("no-store");
  });
});
