// Descriptions from outside: an address that somebody was sent, or what the page tells its worker. Every field is looked
// at; what is not understood is refused with its name, and nothing is ever run.

import {
  activations,
  type Block,
  classLosses,
  type DataChoice,
  type Description,
  type DrawnPoint,
  limits,
  mostBlocks,
  mostColumns,
  mostPoints,
  mostText,
  numberLosses,
  type OptimizerChoice,
  optimizers,
  planeSets,
  poolings,
  reach,
  schedules,
  spiralDefault,
  type TableData,
} from "./description.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Reads a description; what is missing has its default. Errors: an `Error` that names the field. */
export function readDescription(given: unknown): Description {
  const fields = record("description", given);
  const numbers = ["clip", "l1", "l2"] as const;
  const wholes = ["batchSize", "epochs", "seed"] as const;
  const read = (name: (typeof numbers | typeof wholes)[number]) =>
    number(fields, name, spiralDefault[name]);
  return {
    data: readData(fields.data ?? spiralDefault.data),
    blocks: readBlocks(fields.blocks ?? spiralDefault.blocks),
    loss: choice(fields, "loss", [...classLosses, ...numberLosses], spiralDefault.loss),
    optimizer: readOptimizer(record("optimizer", fields.optimizer ?? {})),
    schedule: choice(fields, "schedule", schedules, spiralDefault.schedule),
    clip: read("clip"),
    l1: read("l1"),
    l2: read("l2"),
    batchSize: whole("batchSize", read("batchSize")),
    epochs: whole("epochs", read("epochs")),
    seed: whole("seed", read("seed")),
  };
}

function readData(given: unknown): DataChoice {
  const fields = record("data", given);
  const kind = choice(fields, "kind", ["plane", "points", "digits", "table"], "plane");
  if (kind === "digits") return { kind };
  if (kind === "points") return { kind, points: readPoints(fields.points) };
  if (kind === "table") return readTableData(fields);
  const standard = spiralDefault.data;
  return {
    kind,
    set: choice(fields, "set", planeSets, standard.set),
    count: whole("count", number(fields, "count", standard.count)),
    noise: number(fields, "noise", standard.noise),
  };
}

function readTableData(fields: Fields): TableData {
  const without = list("without", fields.without ?? [], mostColumns);
  if (!without.every((name) => typeof name === "string")) throw wrong("without", without);
  return {
    kind: "table",
    text: text(fields, "text", mostText),
    target: text(fields, "target", 200),
    ...(without.length > 0 && { without: without as string[] }),
  };
}

function readPoints(given: unknown): DrawnPoint[] {
  const points = list("points", given, mostPoints);
  return points.map((point): DrawnPoint => {
    const [x, y, label] = list("point", point, 3);
    const inside = [x, y].every((at) => typeof at === "number" && Math.abs(at) <= reach);
    if (!inside || (label !== 0 && label !== 1 && label !== 2)) throw wrong("points", point);
    return [x as number, y as number, label];
  });
}

function readBlocks(given: unknown): Block[] {
  const blocks = list("blocks", given, mostBlocks).map((block) =>
    readBlock(record("block", block)),
  );
  const late = blocks.findIndex(
    (block, k) => block.kind === "conv" && blocks[k - 1]?.kind === "dense",
  );
  if (late >= 0) throw wrong("blocks", "a convolution after a dense layer");
  if (blocks.filter(({ pool }) => pool !== "none").length > 3)
    throw wrong("blocks", "more than 3 poolings");
  return blocks;
}

function readBlock(fields: Fields): Block {
  const kind = choice(fields, "kind", ["dense", "conv"], "dense");
  return {
    kind,
    width: whole("width", number(fields, "width", 8)),
    activation: choice(fields, "activation", activations, "relu"),
    batchNorm: truth(fields, "batchNorm"),
    dropout: number(fields, "dropout", 0),
    pool: kind === "conv" ? choice(fields, "pool", poolings, "none") : "none",
  };
}

function readOptimizer(fields: Fields): OptimizerChoice {
  const standard = spiralDefault.optimizer;
  return {
    name: choice(fields, "name", optimizers, standard.name),
    learningRate: number(fields, "learningRate", standard.learningRate),
    momentum: number(fields, "momentum", standard.momentum),
    nesterov: truth(fields, "nesterov"),
    beta1: number(fields, "beta1", standard.beta1),
    beta2: number(fields, "beta2", standard.beta2),
    weightDecay: number(fields, "weightDecay", standard.weightDecay),
  };
}

function record(name: string, given: unknown): Fields {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw wrong(name, given);
  return given as Fields;
}

function list(name: string, given: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(given) || given.length > most) throw wrong(name, given);
  return given;
}

function number(fields: Fields, name: keyof typeof limits, standard: number): number {
  const value = fields[name] ?? standard;
  const [least, most] = limits[name];
  if (typeof value !== "number" || !(value >= least && value <= most)) throw wrong(name, value);
  return value;
}

function whole(name: string, value: number): number {
  if (!Number.isInteger(value)) throw wrong(name, value);
  return value;
}

function truth(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== "boolean") throw wrong(name, value);
  return value;
}

function text(fields: Fields, name: string, most: number): string {
  const value = fields[name];
  if (typeof value !== "string" || value.length > most) throw wrong(name, value);
  return value;
}

function choice<Name extends string>(
  fields: Fields,
  name: string,
  names: readonly Name[],
  standard: Name,
): Name {
  const value = fields[name] ?? standard;
  const found = names.find((one) => one === value);
  if (found === undefined) throw wrong(name, value);
  return found;
}

function wrong(name: string, value: unknown): Error {
  const shown = JSON.stringify(value)?.slice(0, 60);
  return new Error(`${name}: ${shown}`);
}
