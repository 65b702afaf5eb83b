// TFRecord framing, in which event files hold their events: length, checksum of the length, bytes, checksum of the bytes.
// The checksums are CRC-32C, masked, so that a record that holds records does not look like one. A reader stops at the
// first record that is cut or spoiled, which is why a file may end anywhere.

/** Bytes that framing adds to a record. */
export const framingBytes = 16;

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of some bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let rest = -1;
  for (let k = start; k < end; k++) rest = (rest >>> 8) ^ table[(rest ^ bytes[k]) & 0xff];
  return ~rest >>> 0;
}

/** The checksum as TFRecord stores it: `rotateRight(crc, 15) + 0xa282ead8`. */
export function maskedCrc32c(bytes: Uint8Array, start?: number, end?: number): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Writes a record with its frame into `bytes` at `start`. */
export function frame(data: Uint8Array, bytes: Uint8Array, start: number): void {
  const body = start + 12;
  const end = body + data.length;
  putWord(bytes, start, data.length);
  putWord(bytes, start + 4, 0); // the length has 64 bits; no event has 4 GiB
  putWord(bytes, start + 8, maskedCrc32c(bytes, start, start + 8));
  bytes.set(data, body);
  putWord(bytes, end, maskedCrc32c(bytes, body, end));
}

/** Writes 32 bits, the lowest first. */
function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** What was found at a place in a file of records. */
export type Found = { readonly data: Uint8Array; readonly end: number } | "cut" | "spoiled";

/** Bytes of a record at most; a longer one is taken for damage. */
const largestRecord = 2 ** 28;

/** Reads the record that begins at `start`; `"cut"` where the file ends first, `"spoiled"` for a wrong checksum. */
export function readRecord(bytes: Uint8Array, start: number): Found {
  const body = start + 12;
  if (body > bytes.length) return "cut";
  const length = wordAt(bytes, start);
  const isWhole = wordAt(bytes, start + 8) === maskedCrc32c(bytes, start, start + 8);
  if (!isWhole || wordAt(bytes, start + 4) !== 0 || length > largestRecord) return "spoiled";
  const end = body + length;
  if (end + 4 > bytes.length) return "cut";
  if (wordAt(bytes, end) !== maskedCrc32c(bytes, body, end)) return "spoiled";
  return { data: bytes.subarray(body, end), end: end + 4 };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
