// Folders of recordings in Node: one folder per class, or the class in the names of the files.

import { join, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import {
  AudioDataset,
  type AudioFolderOptions,
  audioNames,
  checkAudioOptions,
} from "./audio-dataset.ts";
import { pathOf } from "./node-files.ts";
import {
  classesOf,
  type FolderOptions,
  fileItem,
  folderNames,
  wantedFiles,
} from "./node-folder.ts";

/** Options of `audioFolder`. */
export interface AudioFilesOptions extends AudioFolderOptions, FolderOptions {}

const optionNames: OptionNames<AudioFilesOptions> = { ...audioNames, ...folderNames };

const unread = ["mp3", "flac", "ogg", "m4a", "aac", "opus", "aiff", "aif", "wma"];

/**
 * Reads WAV recordings of a folder, when they are needed: one folder per class, or `label` says a file's class. Classes are
 * in ascending order, records in the order of classes and names.
 *
 * `const train = await audioFolder("recordings", { sampleRate: 16_000, seconds: 1 });`
 * Shape: `sounds` float32 `[N]`; `labels` int32 `[]`; `lengths` int32 `[]`.
 * Errors: `MISSING_FILE`, `BAD_FILE` for recordings of other formats, and for damaged ones when they are read.
 */
export async function audioFolder(
  folder: string | URL,
  options: AudioFilesOptions = {},
): Promise<AudioDataset> {
  checkOptionNames("audioFolder", options, optionNames);
  const { label, filter, ...others } = options;
  checkAudioOptions("audioFolder", others);
  const root = resolve(pathOf(folder));
  const paths = wantedFiles("audioFolder", root, { label, filter });
  const other = paths.find((path) => unread.includes(extensionOf(path)));
  if (other !== undefined) throw otherFormat(join(root, other));
  const sounds = paths.filter((path) => extensionOf(path) === "wav");
  const { classes, files } = classesOf("audioFolder", root, sounds, label);
  const items = files.map(fileItem);
  return new AudioDataset(items, classes, others);
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1).toLowerCase();
}

function otherFormat(path: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "audioFolder",
    problem: `${path} is of a format that is not read; WAV is`,
    fix: "Convert it, for instance by `ffmpeg -i in.mp3 -c:a pcm_s16le out.wav`.",
    detail: { file: path },
  });
}
