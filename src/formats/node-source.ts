// Files of Node that are read in pieces.

import { open } from "node:fs/promises";
import { cannotRead, checkPath } from "./node-files.ts";
import type { ByteSource } from "./source.ts";

/** Opens a file for reading ranges of it; errors as for `readFileOrExplain`. Close it when done. */
export async function fileSource(path: string): Promise<ByteSource> {
  checkPath(path);
  const explain = (cause: unknown): Error => cannotRead(path, {}, cause);
  const file = await open(path, "r").catch((cause) => {
    throw explain(cause);
  });
  const { size } = await file.stat();
  return {
    name: path,
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await file
          .read(bytes, done, bytes.length - done, begin + done)
          .catch((cause) => {
            throw explain(cause);
          });
        if (bytesRead === 0) throw explain(new Error("it became shorter while it was read"));
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
