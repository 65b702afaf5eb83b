// Snappy's elements, walked through before hyparquet unpacks them: it takes the length of a literal of 2 GiB and more for a
// negative number, and goes back to where it has been, for ever.
// Source: google/snappy, format_description.txt.

/** Refuses what would be unpacked in circles. Errors: a plain one with the reason. */
export function checkSnappy(packed: Uint8Array): void {
  let at = 1 + packed.findIndex((byte) => byte < 128); // behind the length of the whole
  while (at < packed.length) {
    const tag = packed[at++];
    const kind = tag & 3;
    if (kind === 0) at += literal(packed, at, tag >>> 2);
    else at += offsetBytes[kind];
  }
}

/** Bytes behind the tag of a copy. */
const offsetBytes = [0, 1, 2, 4];

/** Bytes behind the tag of a literal: those of its length, where it is over 60, and its own. */
function literal(packed: Uint8Array, at: number, code: number): number {
  const more = code - 59;
  if (more <= 0) return code + 1;
  if (more === 4 && packed[at + 3] >= 128)
    throw new Error("a page has a literal of more than 2 GiB");
  let length = 1;
  for (let k = 0; k < more; k++) length += packed[at + k] * 2 ** (8 * k);
  return more + length;
}
