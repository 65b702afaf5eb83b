// The files of the page, as a table that is made once: a request is looked up in it as it stands, so nothing that is not in
// the folder has a name. No path is ever made from a request. Files whose name holds a hash of their content may be kept for
// good by browsers, and are packed once.

import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

/** A file of the page. */
export interface PageFile {
  readonly path: string;
  readonly type: string;
  /** Its bytes packed by Brotli, once they were asked for; of files that never change. */
  packed?: Promise<Buffer>;
}

/** What is sent of a file. */
export interface PageAnswer {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};

/** The files in a folder by the path that asks for them; links and files of unknown kinds are left out. */
export function pageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, PageFile>();
  for (const entry of entries) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, path).split(sep).join("/")}`, { path, type });
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}

/** A file's bytes, packed where the browser takes that; undefined where it has gone since the table was made. */
export async function readPage(file: PageFile, accepted = ""): Promise<PageAnswer | undefined> {
  const bytes = bytesOf(file);
  if (bytes === undefined) return undefined;
  const isKept = hashed.test(file.path);
  const keeping = isKept ? "public, max-age=31536000, immutable" : "no-cache";
  const headers = { "Cache-Control": keeping, "Content-Type": file.type };
  if (!isKept || !isText(file.type)) return { bytes, headers };
  const varying = { ...headers, Vary: "Accept-Encoding" };
  if (!/\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted)) return { bytes, headers: varying };
  file.packed ??= pack(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
  return { bytes: await file.packed, headers: { ...varying, "Content-Encoding": "br" } };
}

const pack = promisify(brotliCompress);

/** 6 of 11: within a tenth of the best size, in a hundredth of a second for most files. */
const quality = 6;

/** Names that the build gives, in a folder of their own: they change with the content. */
const hashed = /[/\\]assets[/\\][^/\\]*-[\w-]{8}\.\w+$/;

function isText(type: string): boolean {
  return /^text\/|json|svg|wasm/.test(type);
}

function bytesOf({ path }: PageFile): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
