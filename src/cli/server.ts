// The server of Studio: the page's own files, and the runs in the folders that were named, to this machine only. Everything
// that a request can be too large, too slow or too strange in is bounded; what it may see is in `server-guard.ts`.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { RunAnswers } from "./server-answers.ts";
import {
  keyRefusalOf,
  newKey,
  type Refusal,
  refusalOf,
  refuse,
  safeHeaders,
} from "./server-guard.ts";
import { type PageFile, pageFiles, readPage } from "./server-pages.ts";

/** What is served, and where. */
export interface StudioOptions {
  /** Folder with the built page. */
  readonly page: string;
  /** Folders with runs. */
  readonly folders: readonly string[];
  /** 0 for any that is free. */
  readonly port: number;
}

/** A server that answers. */
export interface Studio {
  readonly port: number;
  readonly key: string;
  /** The address of the page of runs, key included. */
  readonly address: string;
  close(): Promise<void>;
}

const largestBody = 2048;

const largestHeader = 8192;
const mostConnections = 200;

/** How long a client may take, in milliseconds. */
export interface Patience {
  /** For all headers, and for the whole request. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** Between two looks whether one has taken longer. */
  readonly connectionsCheckingInterval: number;
  /** For taking anything of an answer. */
  readonly idle: number;
}

const usualPatience: Patience = {
  headersTimeout: 15_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  idle: 30_000,
};

/** Starts it on 127.0.0.1. Errors: those of the system, such as `EADDRINUSE`. */
export async function startStudio(
  { page, folders, port }: StudioOptions,
  { idle, ...limits }: Patience = usualPatience,
): Promise<Studio> {
  const site: Site = { key: newKey(), pages: pageFiles(page), runs: new RunAnswers(folders) };
  const server = createServer({ ...limits, maxHeaderSize: largestHeader }, (request, response) => {
    answer(request, response, site, portOf(server)).catch(() => fail(response));
  });
  server.maxConnections = mostConnections;
  server.setTimeout(idle);
  server.on("clientError", (_, socket) => refuseMalformed(socket as Socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = `http://127.0.0.1:${portOf(server)}/#/runs?key=${site.key}`;
  return { port: portOf(server), key: site.key, address, close: () => close(server) };
}

interface Site {
  readonly key: string;
  readonly pages: ReadonlyMap<string, PageFile>;
  readonly runs: RunAnswers;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
  port: number,
): Promise<void> {
  const refusal = refusalOf(request, port);
  if (refusal !== undefined) return refuse(response, refusal);
  const [path, query = ""] = request.url!.split("?", 2);
  if (!path.startsWith("/api/")) return answerPage(request, response, site.pages.get(path));
  const locked = keyRefusalOf(request, site.key);
  if (locked !== undefined) return refuse(response, locked);
  return answerRuns(request, response, site.runs, path.split("/").slice(2), query);
}

async function answerPage(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  file: PageFile | undefined,
): Promise<void> {
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || file === undefined) return refuse(response, isRead ? notFound : notAllowed);
  const page = await readPage(file, headers["accept-encoding"]);
  if (page === undefined) refuse(response, notFound);
  else send(response, page.headers, page.bytes, method === "HEAD");
}

/** `runs`, `runs/<id>`, `runs/<id>/files/<name>?from=<byte>`, and by POST `runs/<id>/control`. */
async function answerRuns(
  request: IncomingMessage,
  response: ServerResponse,
  runs: RunAnswers,
  [what, id, part, name, ...rest]: readonly string[],
  query: string,
): Promise<void> {
  if (what !== "runs" || rest.length > 0) return refuse(response, notFound);
  if (part === "control" && name === undefined) {
    if (request.method !== "POST") return refuse(response, notAllowed);
    return steer(request, response, runs, id);
  }
  if (request.method !== "GET") return refuse(response, notAllowed);
  if (id === undefined) return sendJson(response, { runs: await runs.list() });
  if (part === undefined) return sendJson(response, await runs.details(id));
  if (part !== "files" || name === undefined) return refuse(response, notFound);
  const from = query === "" ? "0" : query.match(/^from=(\d{1,15})$/)?.[1];
  if (from === undefined) return refuse(response, { status: 400, reason: "from=<byte> is wanted" });
  const piece = await runs.piece(id, name, Number(from));
  if (piece === undefined) return refuse(response, notFound);
  send(response, { "Content-Type": "application/octet-stream" }, piece);
}

async function steer(
  request: IncomingMessage,
  response: ServerResponse,
  runs: RunAnswers,
  id: string,
): Promise<void> {
  const type = request.headers["content-type"];
  if (type !== "application/json") return refuse(response, { status: 415, reason: "no JSON" });
  const body = await bodyOf(request);
  if (body === undefined) return refuse(response, { status: 413, reason: "body too large" });
  const outcome = await runs.steer(id, parsed(body));
  if (outcome === "unknown") return refuse(response, notFound);
  if (outcome === "not live") return refuse(response, { status: 409, reason: "no process trains" });
  if (outcome === "bad") return refuse(response, { status: 400, reason: "not understood" });
  sendJson(response, { done: true });
}

function sendJson(response: ServerResponse, value: unknown): void {
  if (value === undefined) refuse(response, notFound);
  else send(response, json, Buffer.from(JSON.stringify(value)));
}

const json = { "Content-Type": "application/json; charset=utf-8" };

function send(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
  isHead = false,
): void {
  response.writeHead(200, { ...safeHeaders, ...headers, "Content-Length": bytes.length });
  response.end(isHead ? undefined : bytes);
}

/** A request's body; undefined once it is larger than any that is wanted. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes > largestBody) return undefined;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notFound: Refusal = { status: 404, reason: "not here" };
const notAllowed: Refusal = { status: 405, reason: "this method is not for this address" };

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else refuse(response, { status: 500, reason: "that went wrong" });
}

function refuseMalformed(socket: Socket): void {
  if (!socket.writable) return;
  // Browsers hold connections ready; one that said nothing in time is closed, and not answered: it would take the answer
  // for that to the next request.
  if (socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
