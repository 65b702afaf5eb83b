// CRC-32 as in zip, gzip and PNG (polynomial 0xEDB88320, reflected), four bytes at a time (Kounavis & Berry, "A systematic
// approach to building high performance software-based CRC generators", 2005).

const tables: readonly Uint32Array[] = makeTables();

/** The CRC-32 of bytes, as an unsigned number; `before` continues that of the bytes before them. */
export function crc32(bytes: Uint8Array, before: number = 0): number {
  const [t0, t1, t2, t3] = tables;
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    const word =
      crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    crc = t3[word & 255] ^ t2[(word >>> 8) & 255] ^ t1[(word >>> 16) & 255] ^ t0[word >>> 24];
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const result = [first];
  for (let k = 1; k < 4; k++) {
    result.push(result[k - 1].map((crc) => first[crc & 255] ^ (crc >>> 8)));
  }
  return result;
}
