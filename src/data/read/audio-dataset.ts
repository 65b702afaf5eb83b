// Recordings as a data set: WAV files stay packed until a batch needs them, and are decoded, brought to one sample rate, one
// number of channels and one length then. What a network should hear (a mel spectrogram) is made by its first layer.

import { checkChoice, checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkIndices, type Dataset, type FieldType, noField } from "../dataset.ts";
import { jointDigits, listDigits } from "../fingerprint.ts";
import { resample } from "./resample.ts";
import { decodeWav, monoOf, type Sound } from "./wav.ts";

/** Options of audio data sets. */
export interface AudioFolderOptions {
  /** Samples per second that recordings are brought to; default: the first one's. */
  readonly sampleRate?: number;
  /** Length of each in seconds: of longer ones the beginning, shorter ones followed by silence. Default: the first one's. */
  readonly seconds?: number;
  /** 1: the mean of all channels, shape `[N]`; 2: left and right, shape `[2, N]`. Default 1. */
  readonly channels?: 1 | 2;
}

/** Names of the options, for whoever takes them. */
export const audioNames: OptionNames<AudioFolderOptions> = {
  sampleRate: true,
  seconds: true,
  channels: true,
};

/** One recording, not read yet. */
export interface AudioItem {
  readonly name: string;
  /** The number of its class. */
  readonly label: number;
  readonly bytes: () => Uint8Array;
  /** Text that differs where files do, for instance path and size; default: the name. */
  readonly fingerprint?: () => string;
}

type AudioField = "sounds" | "labels" | "lengths";

/**
 * Recordings with class numbers.
 *
 * Shape: `sounds` float32 `[N]`, or `[2, N]`, in −1 … 1; `labels` int32 `[]`; `lengths` int32 `[]`, samples before the silence.
 */
export class AudioDataset implements Dataset<AudioField> {
  readonly size: number;
  readonly fields: Readonly<Record<AudioField, FieldType>>;
  /** Names of the classes by their numbers. */
  readonly classes: readonly string[];
  /** Names of the files, by record. */
  readonly names: readonly string[];
  readonly sampleRate: number;
  readonly #items: readonly AudioItem[];
  #digits: string | undefined;

  constructor(
    items: readonly AudioItem[],
    classes: readonly string[],
    options: AudioFolderOptions = {},
  ) {
    checkAudioOptions("AudioDataset", options);
    if (items.length === 0) throw noSounds();
    const { channels = 1 } = options;
    const first = decodeWav(items[0].bytes(), items[0].name);
    this.sampleRate = options.sampleRate ?? first.sampleRate;
    const seconds = options.seconds ?? first.channels[0].length / first.sampleRate;
    const length = Math.max(1, Math.round(seconds * this.sampleRate));
    this.size = items.length;
    this.fields = {
      sounds: { dtype: "float32", shape: channels === 1 ? [length] : [2, length] },
      labels: { dtype: "int32", shape: [] },
      lengths: { dtype: "int32", shape: [] },
    };
    this.classes = classes;
    this.names = items.map(({ name }) => name);
    this.#items = items;
  }

  read(field: AudioField, indices: ArrayLike<number>): HostTensor {
    checkIndices("AudioDataset.read", indices, this.size);
    if (!Object.hasOwn(this.fields, field)) throw noField("AudioDataset.read", field, this);
    const { dtype, shape } = this.fields[field];
    const items = Array.from(indices, (index) => this.#items[index]);
    const whole = [items.length, ...shape];
    if (field === "labels")
      return { dtype, shape: whole, data: Int32Array.from(items, ({ label }) => label) };
    const length = this.fields.sounds.shape.at(-1)!;
    const sounds = items.map(({ name, bytes }) => decodeWav(bytes(), name));
    if (field === "lengths") {
      const data = Int32Array.from(sounds, (sound) => this.#lengthOf(sound, length));
      return { dtype, shape: whole, data };
    }
    const channels = sounds.flatMap((sound) => this.#channels(sound, length));
    const data = new Float32Array(channels.length * length);
    for (const [k, channel] of channels.entries())
      data.set(channel.subarray(0, length), k * length);
    return { dtype, shape: whole, data };
  }

  /** Digits of the files' labels, paths and sizes, of up to 8,192 of them, and of the sample rate. */
  fingerprint(): string {
    const textOf = ({ name, label, fingerprint }: AudioItem): string =>
      `${label} ${fingerprint?.() ?? name}`;
    this.#digits ??= jointDigits([listDigits(this.#items, textOf), String(this.sampleRate)])!;
    return this.#digits;
  }

  #lengthOf({ sampleRate, channels: [{ length: found }] }: Sound, length: number): number {
    return Math.min(Math.ceil((found * this.sampleRate) / sampleRate), length);
  }

  /** Channels at the common rate, of which only what the first `length` samples depend on is looked at. */
  #channels(sound: Sound, length: number): readonly Float32Array[] {
    const channels = this.fields.sounds.shape.length === 1 ? [monoOf(sound)] : pairOf(sound);
    const ratio = sound.sampleRate / this.sampleRate;
    const needed = Math.ceil(length * ratio + filterReach * Math.max(1, ratio));
    return channels.map((channel) =>
      resample(channel.subarray(0, needed), sound.sampleRate, this.sampleRate),
    );
  }
}

/** Samples of the lower rate on one side that the filter of `resample` looks at, and one. */
const filterReach = 8;

/** The first two channels; one channel is both. */
function pairOf({ channels }: Sound): readonly Float32Array[] {
  return channels.length === 1 ? [channels[0], channels[0]] : channels.slice(0, 2);
}

/** Refuses options that there are not, and values that they do not have. */
export function checkAudioOptions(op: string, options: AudioFolderOptions): void {
  const { sampleRate = 1, seconds = 1, channels = 1 } = options;
  checkOptionNames(op, options, audioNames);
  checkFinite(op, { sampleRate, seconds }, 0);
  checkChoice(op, "channels", channels, [1, 2]);
  if (sampleRate >= 1 && sampleRate % 1 === 0 && seconds > 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `sampleRate is ${sampleRate}, seconds is ${seconds}`,
    fix: "Use a whole number of samples per second, and seconds above 0.",
    detail: { sampleRate, seconds },
  });
}

function noSounds(): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "AudioDataset",
    problem: "there are no recordings",
    fix: "Check the folder, and that its recordings are WAV files.",
  });
}
