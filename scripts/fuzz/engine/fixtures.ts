// Files of other programs that the tests read too, as seeds.

import { readFileSync } from "node:fs";

/** The bytes of a file in test/formats/fixtures. */
export function fixture(name: string): Uint8Array {
  return bytesOf(`formats/fixtures/${name}`);
}

/** The bytes of a file in test/data/fixtures. */
export function dataFixture(name: string): Uint8Array {
  return bytesOf(`data/fixtures/${name}`);
}

function bytesOf(path: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`../../../test/${path}`, import.meta.url)));
}
