// The settings of a run in an event file, as TensorBoard's hparams dashboard has them: `HParamsPluginData` of
// tensorboard/plugins/hparams/plugin_data.proto with its published field numbers.

import { PbfReader } from "pbf";

/** A setting, as the dashboard knows them. */
export type EventSetting = number | string | boolean;

const sessionStart = 3;

/** The settings in a plugin's content; undefined where it says something else, such as how the session ended. */
export function readSettings(content: Uint8Array): Record<string, EventSetting> | undefined {
  const found: { settings?: Map<string, EventSetting> } = {};
  new PbfReader(content).readFields((field, into, pbf) => {
    if (field !== sessionStart) return;
    into.settings = new Map();
    pbf.readMessage(readSession, into.settings);
  }, found);
  return found.settings && Object.fromEntries(found.settings);
}

function readSession(field: number, settings: Map<string, EventSetting>, pbf: PbfReader): void {
  if (field !== 1) return;
  const entry: Entry = { name: "" };
  pbf.readMessage(readEntry, entry);
  if (entry.value !== undefined) settings.set(entry.name, entry.value);
}

interface Entry {
  name: string;
  value?: EventSetting;
}

function readEntry(field: number, entry: Entry, pbf: PbfReader): void {
  if (field === 1) entry.name = pbf.readString();
  else if (field === 2) pbf.readMessage(readValue, entry);
}

/** A `google.protobuf.Value`. */
function readValue(field: number, entry: Entry, pbf: PbfReader): void {
  if (field === 2) entry.value = pbf.readDouble();
  else if (field === 3) entry.value = pbf.readString();
  else if (field === 4) entry.value = pbf.readBoolean();
}
