// Tokenizers as files in Node: read with an error that names the file, written whole or not at all.

import { readTextOrExplain, writeFileAtomic } from "../../formats/node-files.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

/** Reads a `tokenizer.json`. Errors: `MISSING_FILE`, `BAD_FILE`, `UNSUPPORTED` for components not known here. */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  return loadTokenizer(await readTextOrExplain(path, { what: "the tokenizer" }));
}

/** Writes a `tokenizer.json`, which Hugging Face's tokenizers read as well. Errors: `WRITE_FAILED`. */
export async function writeTokenizer(path: string, tokenizer: Tokenizer): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(tokenizer, undefined, 1)}\n`);
}
