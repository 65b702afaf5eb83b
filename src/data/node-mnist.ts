// MNIST and Fashion-MNIST in Node: from a folder the user names, or from the cache folder, filled by a
// checked download on first use.

import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ChainruleError } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { readFileOrExplain } from "../formats/node-files.ts";
import type { ImageClassification, ImageOptions } from "./digits.ts";
import {
  decodeMnist,
  fashionMnistArchive,
  type MnistArchive,
  type MnistPart,
  mnistArchive,
  mnistFiles,
  type NamedBytes,
  unpacked,
} from "./mnist.ts";
import { type DownloadProgress, download, sha256Of } from "./node-download.ts";

/** Where MNIST is read from, and what hears of a download. */
export interface MnistOptions extends ImageOptions {
  /**
   * Folder with the four files (`.gz` or plain), or with a folder `mnist` or `fashion-mnist` that has them;
   * default: the environment variable `CHAINRULE_DATA`. With a folder nothing is downloaded.
   */
  readonly dataDir?: string;
  /** Download files that are not in the cache; default true. */
  readonly download?: boolean;
  /** Folder for downloaded files; default `CHAINRULE_CACHE`, else `chainrule` in the user's cache folder. */
  readonly cacheDir?: string;
  /**
   * Address to download from, of the files or of a folder named like the data set that holds them;
   * default `CHAINRULE_DATA_URL`, else the publisher's.
   */
  readonly baseUrl?: string;
  /** SHA-256 of packed files that are not the published ones, for instance a mirror's own. */
  readonly checksums?: Readonly<Partial<Record<MnistPart, string>>>;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

const optionNames: OptionNames<MnistOptions> = {
  flat: true,
  dataDir: true,
  download: true,
  cacheDir: true,
  baseUrl: true,
  checksums: true,
  onProgress: true,
};

/**
 * Loads MNIST: 60,000 handwritten digits to train and 10,000 to test, from a folder, the cache or the net.
 *
 * Shape: `images` float32 `[784]` in [0, 1], or `[1, 28, 28]` with `flat: false`; `labels` int32 `[]`.
 * Errors: `MISSING_FILE`, `BAD_FILE` and `DOWNLOAD` say what was looked for, where, and what to do.
 */
export function mnist(options: MnistOptions = {}): Promise<ImageClassification> {
  return load("mnist", mnistArchive, options);
}

/** Loads Fashion-MNIST: 70,000 pictures of clothes in 10 classes, files and options as for `mnist`. */
export function fashionMnist(options: MnistOptions = {}): Promise<ImageClassification> {
  return load("fashionMnist", fashionMnistArchive, options);
}

/** Folder for downloads: `CHAINRULE_CACHE`, else `$XDG_CACHE_HOME/chainrule` or `~/.cache/chainrule`. */
export function cacheFolder(): string {
  const { CHAINRULE_CACHE, XDG_CACHE_HOME } = process.env;
  if (CHAINRULE_CACHE) return resolve(CHAINRULE_CACHE);
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "chainrule");
}

type Files = Record<MnistPart, NamedBytes>;

const parts = Object.keys(mnistFiles) as MnistPart[];

async function load(
  op: string,
  archive: MnistArchive,
  options: MnistOptions,
): Promise<ImageClassification> {
  checkOptionNames(op, options, optionNames);
  const folder = options.dataDir ?? (process.env.CHAINRULE_DATA || undefined);
  const files =
    folder === undefined
      ? await fromCache(archive, options)
      : await fromFolder(archive, resolve(folder));
  return decodeMnist(archive, files, options);
}

// --- a folder ---

const advice =
  "Name the folder with the four files by `dataDir`, --data-dir or CHAINRULE_DATA, leave them out to " +
  "download the files, or run `chainrule train digits`, which needs no files";

async function fromFolder(archive: MnistArchive, folder: string): Promise<Files> {
  const places = [join(folder, archive.name), folder];
  const missing = places.map((place) => parts.filter((part) => fileIn(place, part) === undefined));
  const complete = places.find((_, i) => missing[i].length === 0);
  if (complete === undefined) throw notFound(archive, folder, places, missing);
  const files = await readAll((part) => fileIn(complete, part)!);
  await checkIdentity(archive, complete, files.testLabels);
  return files;
}

function fileIn(folder: string, part: MnistPart): string | undefined {
  const packed = join(folder, mnistFiles[part]);
  return [packed, packed.replace(/\.gz$/, "")].find((path) => existsSync(path));
}

async function readAll(pathOf: (part: MnistPart) => string): Promise<Files> {
  const read = parts.map(async (part) => {
    const name = pathOf(part);
    return [part, { name, bytes: await readFileOrExplain(name) }] as const;
  });
  return Object.fromEntries(await Promise.all(read)) as Files;
}

function notFound(
  { name }: MnistArchive,
  folder: string,
  places: readonly string[],
  missing: readonly MnistPart[][],
): ChainruleError {
  const exists = existsSync(folder);
  const looked = places.map((place, i) => {
    const files = missing[i].map((part) => mnistFiles[part]).join(", ");
    return existsSync(place) ? `${place} lacks ${files}` : `${place} does not exist`;
  });
  const problem = !exists
    ? `the data folder ${folder} does not exist`
    : !statSync(folder).isDirectory()
      ? `the data folder ${folder} is a file`
      : `the data folder has no ${name}: ${looked.join("; ")} (each .gz or unpacked)`;
  return new ChainruleError({
    code: "MISSING_FILE",
    op: name,
    problem,
    fix: `${advice}.`,
    detail: { folder, places },
  });
}

/** The files of both data sets have the same names; a folder of the other one must not pass for this. */
async function checkIdentity(
  archive: MnistArchive,
  folder: string,
  testLabels: NamedBytes,
): Promise<void> {
  const found = sha256Of(await unpacked(testLabels));
  const other = [mnistArchive, fashionMnistArchive].find((set) => set.testLabelsSha256 === found);
  if (other === undefined || other.name === archive.name) return;
  throw new ChainruleError({
    code: "BAD_FILE",
    op: archive.name,
    problem: `the files in ${folder} are ${other.name}, not ${archive.name}`,
    fix: `Name the folder of ${archive.name}, or run \`chainrule train ${other.name}\`.`,
    detail: { folder, found: other.name, needed: archive.name },
  });
}

// --- cache and download ---

async function fromCache(archive: MnistArchive, options: MnistOptions): Promise<Files> {
  const folder = join(resolve(options.cacheDir ?? cacheFolder()), archive.name);
  const files: Partial<Files> = {};
  for (const part of parts) {
    const path = join(folder, mnistFiles[part]);
    files[part] = { name: path, bytes: await cachedOrDownloaded(archive, part, path, options) };
  }
  return files as Files;
}

async function cachedOrDownloaded(
  archive: MnistArchive,
  part: MnistPart,
  path: string,
  options: MnistOptions,
): Promise<Uint8Array> {
  const sha256 = options.checksums?.[part] ?? archive.sha256[part];
  const file = mnistFiles[part];
  if (existsSync(path)) {
    const bytes = await readFileOrExplain(path);
    if (sha256Of(bytes) === sha256) return bytes;
  }
  if (options.download === false) throw notCached(archive, file, path);
  const urls = addresses(archive, file, options);
  const fix = `Try again; files already complete are kept. ${advice}.`;
  return download({ urls, path, file, sha256, fix, onProgress: options.onProgress });
}

function addresses(archive: MnistArchive, file: string, options: MnistOptions): string[] {
  const base = options.baseUrl ?? (process.env.CHAINRULE_DATA_URL || undefined);
  if (base === undefined) return [archive.baseUrl + file];
  const root = base.replace(/\/*$/, "/");
  return [`${root}${archive.name}/${file}`, root + file];
}

function notCached({ name }: MnistArchive, file: string, path: string): ChainruleError {
  const state = existsSync(path) ? "is damaged (wrong checksum)" : "does not exist";
  return new ChainruleError({
    code: "MISSING_FILE",
    op: name,
    problem: `${file} is not in the cache and downloading is off: ${path} ${state}`,
    fix: `${advice}.`,
    detail: { path },
  });
}
