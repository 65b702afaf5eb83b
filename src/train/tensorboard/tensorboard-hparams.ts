// What TensorBoard's hparams dashboard compares runs by: the settings of a session, and which scalars are its results.
// Messages of tensorboard/plugins/hparams/{plugin_data,api}.proto with their published field numbers.

import { PbfWriter } from "pbf";

/** A setting, as the dashboard knows them. */
export type Hyperparameter = number | string | boolean;

/** A scalar that is a result: its tag, and the sub-folder of the run's folder that has it. */
export interface ResultTag {
  readonly tag: string;
  readonly folder?: string;
}

const kinds = { string: 1, boolean: 2, number: 3 } as const;

/** `Experiment`: which settings and results there are. */
export function experimentContent(
  settings: Readonly<Record<string, Hyperparameter>>,
  results: readonly ResultTag[],
): Uint8Array {
  return content(2, (pbf) => {
    for (const [name, value] of Object.entries(settings)) {
      pbf.writeMessage(
        4,
        (_, info) => {
          info.writeStringField(1, name);
          info.writeVarintField(4, kinds[typeof value as keyof typeof kinds]);
        },
        null,
      );
    }
    for (const result of results) {
      pbf.writeMessage(5, (_, info) => info.writeMessage(1, writeMetricName, result), null);
    }
  });
}

function writeMetricName({ tag, folder }: ResultTag, pbf: PbfWriter): void {
  if (folder !== undefined) pbf.writeStringField(1, folder);
  pbf.writeStringField(2, tag);
}

/** `SessionStartInfo`: the settings of this run. */
export function sessionStartContent(
  settings: Readonly<Record<string, Hyperparameter>>,
  startTime: number,
): Uint8Array {
  return content(3, (pbf) => {
    for (const entry of Object.entries(settings)) pbf.writeMessage(1, writeSetting, entry);
    pbf.writeDoubleField(5, startTime);
  });
}

function writeSetting([name, value]: readonly [string, Hyperparameter], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeValue, value);
}

/** `google.protobuf.Value`. */
function writeValue(value: Hyperparameter, pbf: PbfWriter): void {
  if (typeof value === "number") pbf.writeDoubleField(2, value);
  else if (typeof value === "string") pbf.writeStringField(3, value);
  else pbf.writeBooleanField(4, value);
}

/** `SessionEndInfo`: how the run ended. */
export function sessionEndContent(succeeded: boolean, endTime: number): Uint8Array {
  return content(4, (pbf) => {
    pbf.writeVarintField(1, succeeded ? 1 : 2);
    pbf.writeDoubleField(2, endTime);
  });
}

/** `HParamsPluginData` with one of its kinds of data; its version is 0, which is not written. */
function content(field: number, write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(field, (_, inner) => write(inner), null);
  return pbf.finish();
}
