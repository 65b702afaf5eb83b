// Downloading a file with progress and a checksum. The bytes are checked in memory and then written
// atomically, so that an interrupted or wrong download leaves nothing behind.

import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ChainruleError } from "../core/errors.ts";
import { writeFileAtomic } from "../formats/node-files.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string;
  readonly url: string;
  readonly receivedBytes: number;
  /** Size of the file, where the server says it. */
  readonly totalBytes: number | undefined;
}

export interface DownloadRequest {
  /** Addresses to try in turn; only "not found" (404, 403) leads to the next. */
  readonly urls: readonly string[];
  /** Where the file is written. */
  readonly path: string;
  readonly file: string;
  readonly sha256: string;
  /** Advice for a failure. */
  readonly fix: string;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Downloads a file, checks it, writes it, and returns its bytes; failures are `DOWNLOAD` errors. */
export async function download(request: DownloadRequest): Promise<Uint8Array> {
  const { url, response } = await open(request);
  const bytes = await receive(request, url, response);
  const found = sha256Of(bytes);
  if (found !== request.sha256) {
    throw failed(
      request,
      url,
      `received ${bytes.length} bytes with SHA-256 ${found}, needed ${request.sha256}`,
    );
  }
  await mkdir(dirname(request.path), { recursive: true }).catch(() => {}); // the write explains
  await writeFileAtomic(request.path, bytes);
  return bytes;
}

/** SHA-256 in hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function open(request: DownloadRequest): Promise<{ url: string; response: Response }> {
  const answers: string[] = [];
  for (const url of request.urls) {
    const response = await fetchOnce(request, url);
    if (response.ok) return { url, response };
    await response.body?.cancel();
    answers.push(`${url} answered ${response.status} ${response.statusText}`.trimEnd());
    if (response.status !== 404 && response.status !== 403) break;
  }
  throw failed(request, request.urls[0], answers.join(", "));
}

async function fetchOnce(request: DownloadRequest, url: string): Promise<Response> {
  try {
    return await fetch(url, { headers: { "accept-encoding": "identity" } });
  } catch (cause) {
    throw failed(request, url, `no answer from ${url}: ${reasonOf(cause)}`, cause);
  }
}

async function receive(
  request: DownloadRequest,
  url: string,
  response: Response,
): Promise<Uint8Array> {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const encoded = response.headers.has("content-encoding");
  const totalBytes = encoded || !Number.isSafeInteger(length) ? undefined : length;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  const broken = (cause: unknown): never => {
    const state = `the connection broke after ${receivedBytes} of ${totalBytes ?? "?"} bytes`;
    throw failed(request, url, `${state} (${reasonOf(cause)})`, cause);
  };
  for (;;) {
    const { done, value } = await reader.read().catch(broken);
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
    receivedBytes += value.length;
    request.onProgress?.({ file: request.file, url, receivedBytes, totalBytes });
  }
}

function failed(
  { file, fix, path }: DownloadRequest,
  url: string,
  problem: string,
  cause?: unknown,
): ChainruleError {
  return new ChainruleError({
    code: "DOWNLOAD",
    op: "download",
    problem: `${file} from ${url}: ${problem}`,
    fix,
    detail: { file, url, path },
    cause,
  });
}

/** The reason of a failed `fetch` is in its cause: "getaddrinfo ENOTFOUND …". */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause instanceof Error) {
    const { message, code } = cause.cause as Error & { code?: string };
    return message || code || cause.message;
  }
  return cause.message;
}
