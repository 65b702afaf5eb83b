// The settings of runs of other frameworks, near the beginning of an event file, where PyTorch's `add_hparams` and Keras's
// `hparams` callback put them. The list of runs is asked for again and again, so each file's beginning is read until it says
// something, or is longer than a beginning.

import { decodeEvents, type EventSetting } from "../formats/index.ts";
import { type FoundRun, openInside, type RunFile } from "./server-folders.ts";

type Settings = Readonly<Record<string, EventSetting>>;

const beginning = 1 << 16;
const mostSettings = 100;
const mostText = 200;
const mostFiles = 10_000;

interface Known {
  readonly bytes: number;
  readonly settings: Settings | undefined;
}

export class EventSettings {
  readonly #known = new Map<string, Known>();

  /** The settings of a run; those of later files come last. */
  async of(run: FoundRun): Promise<Settings> {
    const found: Record<string, EventSetting> = {};
    for (const file of run.files) Object.assign(found, await this.#ofFile(run, file));
    return found;
  }

  async #ofFile({ directory }: FoundRun, { path }: RunFile): Promise<Settings | undefined> {
    const known = this.#known.get(path);
    if (known?.settings !== undefined || known?.bytes === beginning) return known.settings;
    const file = await openInside(directory, path);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      if (size <= (known?.bytes ?? -1)) return undefined;
      const bytes = new Uint8Array(Math.min(beginning, size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const settings = settingsIn(bytes.subarray(0, bytesRead));
      if (this.#known.size >= mostFiles) this.#known.clear();
      this.#known.set(path, { bytes: bytesRead, settings });
      return settings;
    } finally {
      await file.close();
    }
  }
}

/** The first settings in the beginning of a file, bounded: the file may be of anybody. */
function settingsIn(bytes: Uint8Array): Settings | undefined {
  for (const event of decodeEvents(bytes).events) {
    if (event.kind !== "settings") continue;
    const entries = Object.entries(event.settings).slice(0, mostSettings);
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name.slice(0, mostText),
        typeof value === "string" ? value.slice(0, mostText) : value,
      ]),
    );
  }
  return undefined;
}
