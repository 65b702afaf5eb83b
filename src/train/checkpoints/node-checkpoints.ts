// Checkpoints in a folder: one file each, `step-<n>.safetensors`. A new one is whole and on the disk before an old one
// goes; what is damaged is passed over with a warning that says why, and stays for its owner to look at.

import { readdirSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { reasonOf } from "../../formats/node-files.ts";
import { givenUp, type KeepPolicy, keepPolicy } from "../callbacks/keep.ts";
import {
  type CheckpointContent,
  type CheckpointHeader,
  damaged,
  readCheckpoint,
  verifyCheckpoint,
  writeCheckpoint,
} from "./node-checkpoint-file.ts";
import { directoryOf, makeDirectory } from "./node-directory.ts";
import { type FolderLock, lockFolder } from "./node-lock.ts";
import type { CheckpointStore, StoredCheckpoint, TrainingState } from "./training-state.ts";

/** Which checkpoints are kept, and who hears of damaged ones. */
export interface CheckpointFolderOptions {
  /** Which checkpoints stay; a number is short for `{ last }`. Default: the last 2. */
  readonly keep?: number | KeepPolicy;
  /** Hears what is passed over and why; default: `console.warn`. */
  readonly warn?: (message: string) => void;
}

/** Checkpoints in a folder of the disk. */
export interface CheckpointFolder extends CheckpointStore {
  /** Absolute path. */
  readonly directory: string;
  /**
   * Makes the folder, claims it for this process and removes what killed ones left half written; `save` does so by itself.
   * Errors: `LOCKED` where another process writes to it, `WRITE_FAILED`.
   */
  open(): Promise<void>;
  /** Lets other processes write to the folder; the end of the process does so too. */
  close(): Promise<void>;
}

/**
 * Keeps training states in a folder, one safetensors file each, with a SHA-256 over every byte.
 *
 * `await fit(model, { train, checkpoints: { store: checkpointFolder("run/checkpoints", { keep: 3 }), everySteps: 500 } });`
 * Saving writes a temporary file, flushes it and renames it; `load` refuses what is damaged or foreign and takes the newest
 * good one. Errors: `BAD_CHECKPOINT`, `LOCKED`, `WRITE_FAILED`.
 */
export function checkpointFolder(
  directory: string,
  options: CheckpointFolderOptions = {},
): CheckpointFolder {
  checkOptionNames("checkpointFolder", options, optionNames);
  return new Folder(directoryOf("checkpointFolder", directory), options);
}

const optionNames: OptionNames<CheckpointFolderOptions> = { keep: true, warn: true };
const fileName = /^step-\d+\.safetensors$/;
const leftOver = /^\.step-.*\.tmp$/;

/** A checkpoint file that is whole. */
interface Found extends StoredCheckpoint, CheckpointHeader {}

class Folder implements CheckpointFolder {
  readonly directory: string;
  readonly #policy: KeepPolicy;
  readonly #warn: (message: string) => void;
  #lock: FolderLock | undefined;
  /** Saves come one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  /** What was found whole, by name, with the marks of the file that it was found in. */
  readonly #verified = new Map<string, { readonly marks: string; readonly found: Found }>();

  constructor(directory: string, { keep, warn }: CheckpointFolderOptions) {
    this.directory = directory;
    this.#policy = keepPolicy("checkpointFolder", keep);
    this.#warn = warn ?? ((message) => console.warn(message));
  }

  async open(): Promise<void> {
    if (this.#lock !== undefined) {
      if (this.#lock.held) return;
      throw takenOver(this.directory);
    }
    makeDirectory(this.directory);
    this.#lock = lockFolder(this.directory, "checkpointFolder");
    for (const name of readdirSync(this.directory)) {
      if (leftOver.test(name)) rmSync(join(this.directory, name), { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#queue.catch(() => {});
    this.#lock?.release();
    this.#lock = undefined;
  }

  save(state: TrainingState, facts: { readonly score?: number } = {}): Promise<StoredCheckpoint> {
    const saved = this.#queue.catch(() => {}).then(() => this.#save(state, facts.score));
    this.#queue = saved;
    return saved;
  }

  async list(): Promise<readonly StoredCheckpoint[]> {
    const { whole } = await this.#survey();
    return whole.map(({ name, step, score }) => {
      return { name, step, ...(score === undefined ? {} : { score }) };
    });
  }

  async load(name?: string): Promise<TrainingState | undefined> {
    if (name !== undefined) return await this.#loadNamed(name);
    const refused: unknown[] = [];
    const { whole, faults } = await this.#survey();
    refused.push(...faults);
    for (const { name: next } of whole.toReversed()) {
      const content = await readCheckpoint(this.#place(next)).catch((fault) => {
        this.#verified.delete(next); // it has been damaged since
        refused.push(fault);
      });
      if (content === undefined) continue;
      if (refused.length > 0) this.#warn(passedOver(refused, next));
      return content.state;
    }
    if (refused.length > 0) throw noneLeft(this.directory, refused);
    return undefined;
  }

  async #save(state: TrainingState, score: number | undefined): Promise<StoredCheckpoint> {
    await this.open();
    const { whole } = await this.#survey();
    const { step } = state.facts;
    const name = `step-${String(step).padStart(9, "0")}`;
    const serial = 1 + Math.max(0, ...whole.map((found) => found.serial));
    const content: CheckpointContent = { state, score, serial };
    await writeCheckpoint(this.#place(name), content).catch((error) => {
      throw this.#lock?.held === false ? takenOver(this.directory) : error; // its file was cleared away
    });
    const found: Found = { name, step, score, serial };
    this.#verified.set(name, { marks: marksOf(this.#place(name)) ?? "", found });
    const others = whole.filter((one) => one.name !== name);
    for (const old of givenUp([...others, found], this.#policy)) await this.#remove(old.name);
    return { name, step, ...(score === undefined ? {} : { score }) };
  }

  async #remove(name: string): Promise<void> {
    this.#verified.delete(name);
    await rm(this.#place(name), { force: true }).catch((cause) => {
      this.#warn(`checkpointFolder: cannot delete ${this.#place(name)}: ${reasonOf(cause)}`);
    });
  }

  async #loadNamed(name: string): Promise<TrainingState | undefined> {
    const names = this.#names();
    if (!names.includes(name)) return undefined;
    try {
      return (await readCheckpoint(this.#place(name))).state;
    } catch (fault) {
      this.#verified.delete(name);
      throw instead(fault, (await this.#survey()).whole);
    }
  }

  /** Reads what was not read yet, and sorts it by the order of saving. Does not wait where all is known. */
  async #survey(): Promise<{ readonly whole: readonly Found[]; readonly faults: unknown[] }> {
    const whole: Found[] = [];
    const faults: unknown[] = [];
    for (const name of this.#names()) {
      const known = this.#known(name);
      try {
        whole.push(known ?? (await this.#verify(name)));
      } catch (fault) {
        if (marksOf(this.#place(name)) !== undefined) faults.push(fault); // else it was deleted meanwhile
      }
    }
    whole.sort((a, b) => a.serial - b.serial || a.step - b.step);
    return { whole, faults };
  }

  #known(name: string): Found | undefined {
    const known = this.#verified.get(name);
    return known?.marks === marksOf(this.#place(name)) ? known?.found : undefined;
  }

  async #verify(name: string): Promise<Found> {
    const marks = marksOf(this.#place(name));
    const found = { name, ...(await verifyCheckpoint(this.#place(name))) };
    if (marks !== undefined) this.#verified.set(name, { marks, found });
    return found;
  }

  #names(): string[] {
    try {
      const entries = readdirSync(this.directory);
      return entries.filter((entry) => fileName.test(entry)).map((entry) => entry.slice(0, -12));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw damaged(this.directory, `cannot be listed: ${reasonOf(cause)}`, cause);
    }
  }

  #place(name: string): string {
    return join(this.directory, `${name}.safetensors`);
  }
}

/** Size, inode and moment of the last change: the same file as before. */
function marksOf(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && `${facts.size} ${facts.ino} ${facts.mtimeNs}`;
}

function reasonsOf(refused: readonly unknown[]): string {
  return refused.map((fault) => (fault instanceof Error ? fault.message : String(fault))).join(" ");
}

function passedOver(refused: readonly unknown[], taken: string): string {
  const count = refused.length === 1 ? "a checkpoint" : `${refused.length} checkpoints`;
  return `checkpointFolder: passed over ${count} and took ${taken}. ${reasonsOf(refused)}`;
}

function noneLeft(directory: string, refused: readonly unknown[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "checkpointFolder",
    problem: `no checkpoint of ${directory} can be used (${reasonsOf(refused)})`,
    fix: "Name another folder, or delete these files to begin anew.",
    detail: { directory, refused: refused.length },
  });
}

function instead(fault: unknown, whole: readonly Found[]): unknown {
  if (!(fault instanceof ChainruleError)) return fault;
  const newest = whole.at(-1);
  return new ChainruleError({
    code: fault.code,
    problem: fault.message.replace(/\.$/, ""),
    fix: newest && `The newest good one is ${newest.name}.`,
    detail: { ...fault.detail, newest: newest?.name },
    cause: fault,
  });
}

function takenOver(directory: string): ChainruleError {
  return new ChainruleError({
    code: "LOCKED",
    op: "checkpointFolder",
    problem: `${directory} was taken over by a later run of this process`,
    fix: "Give each run a folder of its own.",
    detail: { directory },
  });
}
