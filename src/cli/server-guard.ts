// Who may ask, and what every answer says. The server listens on 127.0.0.1 only, so what is left are other pages in the same
// browser and other users of the same machine. A page elsewhere can name this machine by a host name of its own (DNS
// rebinding) or send requests blindly: both are refused by `Host`, `Origin` and `Sec-Fetch-Site`. Runs are given and steered
// only for a key of 128 random bits that is made at each start and stands in the address that is printed, behind `#`, which
// browsers send to nobody. It travels in a header, which other pages cannot set and browsers never add by themselves.

import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Characters of an address at most. */
const longestTarget = 2000;

/** Header with the key. */
export const keyHeader = "x-chainrule-key";

/** The reason of a refusal, with its status. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** A key as it stands in an address. */
export function newKey(): string {
  return randomBytes(16).toString("hex");
}

/** Headers of every answer, refusals included. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:", // the library starts its threads from blobs
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'", // formulas place their parts by style attributes
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/** Why a request is refused, whatever it asks for; undefined if it is not. */
export function refusalOf(request: IncomingMessage, port: number): Refusal | undefined {
  const { headers, headersDistinct, url = "" } = request;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if ((headersDistinct.host?.length ?? 0) > 1) return { status: 400, reason: "two hosts" };
  if (!hosts.includes(headers.host ?? "")) return { status: 421, reason: "another host" };
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`)
    return { status: 403, reason: "another origin" };
  if (!url.startsWith("/")) return { status: 400, reason: "no path" };
  if (url.length > longestTarget) return { status: 414, reason: "address too long" };
  if (request.httpVersion !== "1.1") return { status: 505, reason: "only HTTP/1.1" };
  return undefined;
}

/** Why a request for runs is refused; undefined if it is not. */
export function keyRefusalOf({ headers }: IncomingMessage, key: string): Refusal | undefined {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return { status: 403, reason: "another site" };
  const given = Buffer.from(String(headers[keyHeader] ?? ""));
  const wanted = Buffer.from(key);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return undefined;
  return { status: 401, reason: "the key of the printed address is missing" };
}

/** Answers with a status and its reason as plain text. */
export function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  const bytes = Buffer.from(`${reason}\n`);
  response.writeHead(status, {
    ...safeHeaders,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": bytes.length,
    Connection: "close",
  });
  response.end(bytes);
}
