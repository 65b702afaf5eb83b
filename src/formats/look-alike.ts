// Files of another kind than the one asked for, told by how they begin: what is most often in a file that should hold
// weights, and what to do about it. Told for errors only; no file is read because of it.

import type { ChainruleError } from "../core/errors.ts";
import { refuser } from "./bad-file.ts";

/** What a file is, and what to do with it. */
interface Kind {
  readonly isSo: (start: string) => boolean;
  readonly what: string;
  readonly fix: string;
}

const kinds: readonly Kind[] = [
  {
    isSo: (start) => start.startsWith("version "),
    what: "it is a pointer of Git LFS, a few lines of text in place of the file",
    fix: "Fetch the file itself: `git lfs pull` in its repository, or the download link of its page.",
  },
  {
    isSo: (start) => /^\s*<(!doc|html|\?xml)/i.test(start),
    what: "it is a web page",
    fix: "Download the file itself: the link of a page that shows it is another one than that of its download.",
  },
  {
    isSo: (start) => /^\s*\{\s*"/.test(start),
    what: "it is text in JSON, perhaps a server's message or an index",
    fix: "Look into it; of weights in several files the index is read with openSharded.",
  },
  {
    isSo: (start) => start.startsWith("PK\x03\x04"),
    what: "it is a zip archive, as files of PyTorch (.pt, .pth) and NumPy (.npz) are",
    fix: "Read it with loadTorch or loadNpz, or unpack it first.",
  },
  {
    isSo: (start) => start.startsWith("\x93NUMPY"),
    what: "it is an array of NumPy (.npy)",
    fix: "Read it with loadNpy.",
  },
  {
    isSo: (start) => start.startsWith("GGUF"),
    what: "it is a GGUF file",
    fix: "Read it with loadGguf.",
  },
  {
    isSo: (start) => start.startsWith("\x1f\x8b"),
    what: "it is packed with gzip",
    fix: "Unpack it first, with gunzip.",
  },
  {
    isSo: (start) => start.startsWith('{"', 8),
    what: "it is a safetensors file",
    fix: "Read it with loadSafetensors.",
  },
];

/** Whether a file begins as one of another kind does. */
export function isAnotherKind(start: Uint8Array): boolean {
  return kindOf(start) !== undefined;
}

function kindOf(start: Uint8Array): Kind | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  return kinds.find(({ isSo }) => isSo(text));
}

/** The error for a file that does not begin as its format does: says what it is instead, else the reason. */
export function anotherKind(
  format: string,
  file: string,
  {
    wanted,
    reason,
    start,
  }: {
    readonly wanted: string;
    readonly reason: string;
    readonly start: Uint8Array;
  },
): ChainruleError {
  const kind = kindOf(start);
  return refuser(format, file)(`is not ${wanted}: ${kind?.what ?? reason}`, undefined, kind?.fix);
}
