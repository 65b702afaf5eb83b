// A reader of WAV files, in the form nearly all recordings have: one channel, PCM, 16 bit. Sixty lines of our own, since
// the format is chunks of (name, length, bytes) and a package would bring twenty other encodings with it.
// Source: Microsoft & IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991).

/** A recording. */
export interface Recording {
  /** Samples per second. */
  readonly sampleRate: number;
  /** Sound pressure, −1 … 1. */
  readonly samples: Float32Array;
}

/** Reads a WAV file of one channel of 16-bit PCM samples. Errors: names what else the file is. */
export function readWav(bytes: Uint8Array, name = "WAV file"): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || textAt(bytes, 0) !== "RIFF" || textAt(bytes, 8) !== "WAVE") {
    throw new Error(`${name}: does not begin with RIFF … WAVE, so it is no WAV file.`);
  }
  const chunks = chunksOf(bytes, view);
  const [format, data] = [chunks.get("fmt "), chunks.get("data")];
  if (format === undefined || data === undefined || format.byteLength < 16) {
    throw new Error(`${name}: has chunks ${[...chunks.keys()].join(", ")}; it needs fmt and data.`);
  }
  const [encoding, channels, bits] = [0, 2, 14].map((at) => format.getUint16(at, true));
  if (encoding !== 1 || channels !== 1 || bits !== 16) {
    const found = `encoding ${encoding}, ${channels} channels, ${bits} bits`;
    throw new Error(`${name}: ${found}; convert it to PCM (1), one channel, 16 bits.`);
  }
  const sampleRate = format.getUint32(4, true);
  const samples = Float32Array.from({ length: data.byteLength >> 1 }, (_, k) => {
    return data.getInt16(2 * k, true) / 32768;
  });
  return { sampleRate, samples };
}

/** The chunks by name; a length beyond the end of the file, as unfinished recordings have it, ends there. */
function chunksOf(bytes: Uint8Array, view: DataView): Map<string, DataView> {
  const chunks = new Map<string, DataView>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    const end = Math.min(start + length, bytes.length);
    chunks.set(textAt(bytes, at), new DataView(view.buffer, view.byteOffset + start, end - start));
    at = start + length + (length % 2); // chunks begin at even places
  }
  return chunks;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
