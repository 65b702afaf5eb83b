// WAV files: chunks of (name, length, bytes) in any order, of which one says how samples are written and one holds them.
// Read are PCM of 8, 16, 24 and 32 bits and floats of 32 and 64, with any number of channels, and the extensible form.
// Source: Microsoft & IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991); Microsoft, Multiple
// Channel Audio Data and WAVE Files (2007).

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";

/** A recording. */
export interface Sound {
  /** Samples per second. */
  readonly sampleRate: number;
  /** Samples of each channel, −1 … 1. */
  readonly channels: readonly Float32Array[];
}

interface Format {
  readonly encoding: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of one channel. */
  readonly bytes: number;
}

type ReadSample = (view: DataView, at: number) => number;

/** How a sample is read, by encoding (1 PCM, 3 float) and bytes. */
const samples: Readonly<Record<string, ReadSample>> = {
  "1:1": (view, at) => (view.getUint8(at) - 128) / 128,
  "1:2": (view, at) => view.getInt16(at, true) / 2 ** 15,
  "1:3": (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23,
  "1:4": (view, at) => view.getInt32(at, true) / 2 ** 31,
  "3:4": (view, at) => view.getFloat32(at, true),
  "3:8": (view, at) => view.getFloat64(at, true),
};

const encodings: Readonly<Record<number, string>> = {
  1: "PCM",
  2: "ADPCM",
  3: "float",
  6: "A-law",
  7: "µ-law",
  17: "IMA ADPCM",
  85: "MP3",
};

const extensible = 0xfffe;
const mostChannels = 256;
const highestRate = 1e7;

/**
 * Decodes a WAV file. A length beyond the end of the file, as unfinished recordings have it, ends there, after the last
 * whole sample of all channels.
 *
 * Errors: `BAD_FILE` says what else the file is.
 */
export function decodeWav(bytes: Uint8Array, name = "the sound"): Sound {
  if (!(bytes instanceof Uint8Array)) throw noBytes(bytes);
  if (textAt(bytes, 0) !== "RIFF" && textAt(bytes, 0) !== "RF64") throw notWav(bytes, name);
  if (textAt(bytes, 8) !== "WAVE") throw notWav(bytes, name);
  const chunks = chunksOf(bytes);
  const [description, data] = [chunks.get("fmt "), chunks.get("data")];
  if (description === undefined || data === undefined || description.byteLength < 16) {
    const found = [...chunks.keys()].map((key) => JSON.stringify(key.trim())).slice(0, 8);
    throw bad(name, `has chunks ${found.join(", ") || "of no kind"}; needed are fmt and data`);
  }
  const format = formatOf(description, name);
  const read = samples[`${format.encoding}:${format.bytes}`];
  if (read === undefined) throw unreadable(format, name);
  const step = format.bytes * format.channels;
  const length = Math.floor(data.byteLength / step);
  const channels = Array.from({ length: format.channels }, (_, c) => {
    const samples = new Float32Array(length);
    for (let k = 0; k < length; k++) samples[k] = read(data, k * step + c * format.bytes);
    return samples;
  });
  return { sampleRate: format.sampleRate, channels };
}

/** The mean of all channels. */
export function monoOf({ channels }: Sound): Float32Array {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, k) => {
    let sum = 0;
    for (const channel of channels) sum += channel[k];
    return sum / channels.length;
  });
}

/** The first chunk of each name. */
function chunksOf(bytes: Uint8Array): Map<string, DataView> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, DataView>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    const end = Math.min(start + length, bytes.length);
    const name = textAt(bytes, at);
    if (!chunks.has(name))
      chunks.set(name, new DataView(view.buffer, view.byteOffset + start, end - start));
    at = start + length + (length % 2); // chunks begin at even places
  }
  return chunks;
}

function formatOf(view: DataView, name: string): Format {
  const [tag, channels, block] = [0, 2, 12].map((at) => view.getUint16(at, true));
  const sampleRate = view.getUint32(4, true);
  const isLong = tag === extensible && view.byteLength >= 26;
  const encoding = isLong ? view.getUint16(24, true) : tag; // the first bytes of the sub-format's identifier
  if (channels < 1 || channels > mostChannels)
    throw bad(name, `has ${channels} channels; up to ${mostChannels} are read`);
  if (sampleRate < 1 || sampleRate > highestRate)
    throw bad(name, `has ${sampleRate} samples per second; up to ${highestRate} are read`);
  const bits = view.getUint16(14, true);
  const bytes = block % channels === 0 && block > 0 ? block / channels : Math.ceil(bits / 8);
  return { encoding, channels, sampleRate, bytes };
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function noBytes(bytes: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "decodeWav",
    problem: `takes the bytes of a file; received ${showValue(bytes)}`,
    fix: "Pass a Uint8Array, for instance new Uint8Array(await file.arrayBuffer()).",
  });
}

function notWav(bytes: Uint8Array, name: string): ChainruleError {
  const first = textAt(bytes, 0);
  const others: Readonly<Record<string, string>> = {
    OggS: "an Ogg",
    fLaC: "a FLAC",
    RIFX: "a big-endian WAV",
    FORM: "an AIFF",
  };
  const isMp3 = first.startsWith("ID3") || (bytes[0] === 0xff && bytes[1] >= 0xe0);
  const other = isMp3 ? "an MP3" : others[first];
  const found =
    other === undefined ? "begins with no RIFF … WAVE, so it is no" : `is ${other} file, not a`;
  return bad(name, `${found} WAV file`);
}

function unreadable({ encoding, bytes }: Format, name: string): ChainruleError {
  const kind = encodings[encoding] ?? `encoding ${encoding}`;
  return bad(
    name,
    `holds ${kind} of ${8 * bytes} bits; PCM of 8, 16, 24, 32 and float of 32, 64 are read`,
  );
}

function bad(name: string, problem: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "wav",
    problem: `${name} ${problem}`,
    fix: "Convert it, for instance by `ffmpeg -i in.mp3 -c:a pcm_s16le out.wav`.",
    detail: { file: name },
  });
}
