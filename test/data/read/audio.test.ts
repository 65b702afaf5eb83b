// Recordings: every sample format from bytes written by hand, rates changed as torchaudio changes them, folders as data sets.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChainruleError } from "../../../src/core/errors.ts";
import { audioFolder } from "../../../src/data/read/node-audio-folder.ts";
import { resample } from "../../../src/data/read/resample.ts";
import { decodeWav, monoOf } from "../../../src/data/read/wav.ts";

/** The bytes of texts, and of whole numbers in 16 (`x`) or 32 bits (`[x]`), little end first. */
function bytesOf(
  ...parts: readonly (string | number | readonly number[] | Uint8Array)[]
): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) => {
      if (typeof part === "string") return [...Buffer.from(part)];
      if (part instanceof Uint8Array) return [...part];
      if (typeof part === "number") return [part & 255, part >> 8];
      return part.flatMap((x) => [x & 255, (x >> 8) & 255, (x >> 16) & 255, x >>> 24]);
    }),
  );
}

interface Wav {
  readonly encoding?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly rate?: number;
}

function wav(
  data: Uint8Array,
  { encoding = 1, channels = 1, bits = 16, rate = 8000 }: Wav = {},
): Uint8Array {
  const block = (channels * bits) / 8;
  const format = bytesOf("fmt ", [16], encoding, channels, [rate, rate * block], block, bits);
  return bytesOf("RIFF", [0], "WAVE", format, "data", [data.length], data);
}

const raw = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);

describe("samples", () => {
  const cases: readonly (readonly [string, Uint8Array, Wav, readonly number[]])[] = [
    ["8 bits", Uint8Array.of(0, 128, 255), { bits: 8 }, [-1, 0, 127 / 128]],
    ["16 bits", raw(Int16Array.of(-32768, 0, 16384)), { bits: 16 }, [-1, 0, 0.5]],
    [
      "24 bits",
      Uint8Array.of(0, 0, 128, 255, 255, 255, 0, 0, 64),
      { bits: 24 },
      [-1, -(2 ** -23), 0.5],
    ],
    ["32 bits", raw(Int32Array.of(-(2 ** 31), 2 ** 30)), { bits: 32 }, [-1, 0.5]],
    ["floats", raw(Float32Array.of(0.25, -1.5)), { encoding: 3, bits: 32 }, [0.25, -1.5]],
    ["doubles", raw(Float64Array.of(0.25, -1.5)), { encoding: 3, bits: 64 }, [0.25, -1.5]],
  ];
  test.each(cases)("%s", (_, data, options, expected) => {
    const { sampleRate, channels } = decodeWav(wav(data, options));
    expect(sampleRate).toBe(8000);
    expect(channels.map((channel) => [...channel])).toEqual([expected]);
  });

  test("stereo, its mean, and a length beyond the end", () => {
    const bytes = wav(raw(Int16Array.of(16384, 0, -16384, -16384)), { channels: 2 });
    const sound = decodeWav(bytes);
    expect(sound.channels.map((channel) => [...channel])).toEqual([
      [0.5, -0.5],
      [0, -0.5],
    ]);
    expect([...monoOf(sound)]).toEqual([0.25, -0.5]);
    const cut = decodeWav(bytes.subarray(0, bytes.length - 3));
    expect(cut.channels.map((channel) => [...channel])).toEqual([[0.5], [0]]);
  });

  test("chunks in any order, of odd lengths, and the extensible form", () => {
    const id = bytesOf(3, 0, [0x00100000, 0xaa000080, 0x719b3800]);
    const format = bytesOf("fmt ", [40], 0xfffe, 1, [8000, 32000], 4, 32, 22, 32, [0], id);
    const data = bytesOf("data", [8], raw(Float32Array.of(0.5, -0.5)));
    const file = bytesOf("RIFF", [0], "WAVE", "LIST", [3], Uint8Array.of(1, 2, 3, 0), data, format);
    expect([...decodeWav(file).channels[0]]).toEqual([0.5, -0.5]);
    const within = bytesOf("x", file).subarray(1); // at an odd place in its buffer
    expect([...decodeWav(within).channels[0]]).toEqual([0.5, -0.5]);
  });

  test("other files are refused by what they are", () => {
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [bytesOf("OggS"), /a.wav is an Ogg file.*ffmpeg/],
      [bytesOf("ID3 "), /is an MP3 file/],
      [bytesOf("RIFX"), /big-endian/],
      [new Uint8Array(0), /begins with no RIFF/],
      [bytesOf("RIFF", [0], "WAVEfmt ", [4], [0]), /has chunks "fmt"; needed are fmt and data/],
      [wav(Uint8Array.of(0), { encoding: 7, bits: 8 }), /holds µ-law of 8 bits; PCM of 8/],
      [wav(Uint8Array.of(0), { bits: 40 }), /holds PCM of 40 bits/],
      [wav(Uint8Array.of(0), { channels: 0 }), /has 0 channels/],
      [wav(Uint8Array.of(0), { rate: 0 }), /has 0 samples per second/],
    ];
    for (const [bytes, message] of cases) {
      expect(() => decodeWav(bytes, "a.wav")).toThrow(ChainruleError);
      expect(() => decodeWav(bytes, "a.wav")).toThrow(message);
    }
  });
});

describe("rates", () => {
  const chirp = Float32Array.from({ length: 12 }, (_, k) => Math.sin(0.3 * k * k));

  test("change by torchaudio's formula", () => {
    // PyTorch 2.13: conv1d with torchaudio's sinc_interp_hann kernel in float64.
    const expected: readonly (readonly [number, number, readonly number[]])[] = [
      [3, 2, [-0.0902, 0.795252, 0.148716, -0.160801, -0.072748, 0.526667, -0.575635, -1.094455]],
      [44100, 16000, [0.252534, 0.256904, 0.01597, -0.106268, -0.77476]],
      [
        ...([441, 440] as const),
        [
          ...[0.001464, 0.289567, 0.951209, 0.386012, -0.950815, 0.897921],
          ...[-0.953589, 0.847088, 0.327555, -0.752835, -0.997012, -0.962227],
        ],
      ],
    ];
    for (const [from, to, values] of expected) {
      const found = resample(chirp, from, to);
      expect(found).toHaveLength(values.length);
      found.forEach((value, k) => {
        expect(value).toBeCloseTo(values[k], 5);
      });
    }
    expect(resample(chirp, 8000, 8000)).toBe(chirp);
  });

  test.each([
    [16000, 8000],
    [44100, 16000],
    [8000, 44100],
  ])("from %i to %i lets low sounds pass and stops high ones", (from, to) => {
    const half = Math.min(from, to) / 2;
    const sine = (share: number, rate: number, length: number): Float32Array =>
      Float32Array.from({ length }, (_, k) => Math.sin((2 * Math.PI * share * half * k) / rate));
    const found = (share: number): Float32Array => resample(sine(share, from, from / 10), from, to);
    const [low, same] = [found(0.7), sine(0.7, to, to / 10)];
    for (let k = 200; k < low.length - 200; k++)
      expect(Math.abs(low[k] - same[k])).toBeLessThan(0.01);
    if (1.3 * half >= from / 2) return;
    const high = found(1.3).slice(200, -200);
    expect(Math.max(...high.map(Math.abs))).toBeLessThan(0.01);
  });

  test("what is refused", () => {
    expect(() => resample(chirp, 0, 8000)).toThrow(/from is 0/);
    expect(() => resample(chirp, 8000, 0.5)).toThrow(/to is 0.5/);
    expect(() => resample(chirp, 2, 1, { rolloff: 2 })).toThrow(/rolloff is 2/);
    expect(() => resample(chirp, 2, 1, { window: "kaiser" } as never)).toThrow(
      /no option "window"/,
    );
  });
});

describe("folders", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sounds-"));
    for (const name of ["no", "yes"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "yes/1.wav"), wav(raw(new Int16Array(800).fill(16384))));
    const stereo = Int16Array.from({ length: 3200 }, (_, k) => (k % 2 === 0 ? 16384 : 0));
    writeFileSync(join(folder, "no/0_a.wav"), wav(raw(stereo), { channels: 2, rate: 16000 }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("bring all to one rate, length and number of channels", async () => {
    const set = await audioFolder(folder, { sampleRate: 8000, seconds: 0.15 });
    expect([set.size, set.sampleRate, ...set.classes]).toEqual([2, 8000, "no", "yes"]);
    const { shape, data } = set.read("sounds", [0, 1]);
    expect(shape).toEqual([2, 1200]);
    expect(data[400]).toBeCloseTo(0.25, 2); // the mean of left and right, at half the rate
    expect([...data.subarray(1998, 2002)]).toEqual([0.5, 0.5, 0, 0]);
    expect([...set.read("lengths", [0, 1]).data]).toEqual([800, 800]);
    expect([...set.read("labels", [1]).data]).toEqual([1]);
    const both = await audioFolder(folder, { channels: 2 });
    expect(both.fields.sounds.shape).toEqual([2, 1600]);
    expect([...both.read("sounds", [0]).data.subarray(1599, 1601)]).toEqual([0.5, 0]);
  });

  test("or take the class from the name", async () => {
    const options = { label: (file: string) => file[0], filter: (file: string) => /\d/.test(file) };
    expect((await audioFolder(folder, options)).classes).toEqual(["0", "1"]);
  });

  test("are told apart by their files and their rate", async () => {
    const options = { sampleRate: 8000, seconds: 0.1 };
    const before = (await audioFolder(folder, options)).fingerprint();
    const path = join(folder, "yes/1.wav");
    const kept = readFileSync(path);
    writeFileSync(path, wav(raw(new Int16Array(801).fill(16384))));
    expect((await audioFolder(folder, options)).fingerprint()).not.toBe(before);
    writeFileSync(path, kept);
    expect((await audioFolder(folder, options)).fingerprint()).toBe(before);
    const slow = { sampleRate: 4000, seconds: 0.2 };
    expect((await audioFolder(folder, slow)).fingerprint()).not.toBe(before);
  });

  test("what is refused", async () => {
    await expect(audioFolder(join(folder, "yes"))).rejects.toThrow(/1.wav outside of any class/);
    await expect(audioFolder(folder, { seconds: 0 })).rejects.toThrow(/seconds is 0/);
    await expect(audioFolder(folder, { rate: 1 } as never)).rejects.toThrow(/no option "rate"/);
    await expect(audioFolder("/nowhere")).rejects.toMatchObject({ code: "MISSING_FILE" });
    writeFileSync(join(folder, "yes/2.mp3"), "");
    await expect(audioFolder(folder)).rejects.toThrow(
      /2.mp3 is of a format that is not read; WAV is/,
    );
    rmSync(join(folder, "yes/2.mp3"));
  });
});
