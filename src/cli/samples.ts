// Samples from a JSON file: one sample or several, as nested or flat arrays of numbers, checked against what the model
// takes.

import type { FieldType } from "../data/node.ts";
import { readTextOrExplain } from "../formats/node.ts";
import { ChainruleError, type HostTensor, type Shape } from "../index.ts";

/** Reads the samples of a file. Errors: `MISSING_FILE`, and `BAD_FILE` with what was found and needed. */
export async function readSamples(file: string, { shape }: FieldType): Promise<HostTensor> {
  const fix =
    'Name a JSON file with arrays of input values, such as [[0, 0.5, …], …] or { "inputs": … }.';
  const text = await readTextOrExplain(file, { what: "the input file", fix });
  const values = parse(text, file);
  const flat: number[] = [];
  if (!collect(values, flat)) throw bad(file, shape, "holds something other than finite numbers");
  const width = shape.reduce((product, size) => product * size, 1);
  const samples = flat.length / width;
  if (!Number.isInteger(samples) || samples < 1) {
    throw bad(file, shape, `holds ${flat.length} numbers, which is no whole number of samples`);
  }
  return { dtype: "float32", shape: [samples, ...shape], data: Float32Array.from(flat) };
}

function parse(text: string, file: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const wrapped = typeof value === "object" && value !== null && "inputs" in value;
    return wrapped ? value.inputs : value;
  } catch (cause) {
    throw bad(file, undefined, `is not JSON (${(cause as Error).message})`);
  }
}

/** Collects the numbers of nested arrays in order; false when there is anything else. */
function collect(value: unknown, flat: number[]): boolean {
  if (Array.isArray(value)) return value.every((item) => collect(item, flat));
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  flat.push(value);
  return true;
}

function bad(file: string, shape: Shape | undefined, problem: string): ChainruleError {
  const needed = shape === undefined ? "" : ` of shape [${shape.join(", ")}]`;
  return new ChainruleError({
    code: "BAD_FILE",
    op: "predict",
    problem: `${file} ${problem}`,
    fix: `Write one array of numbers per sample${needed}, scaled as in training.`,
    detail: { file, shape },
  });
}
