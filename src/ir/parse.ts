// Reads the text form of a graph (see `print.ts`). Types are computed by the ops' own rules and compared with the text.

import { type DType, dtypes } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { argumentLeaf } from "./argument.ts";
import type { Graph } from "./graph.ts";
import { type Attributes, opNamed, type TensorType } from "./op.ts";
import { showType } from "./print.ts";
import { Tensor } from "./tensor.ts";

interface Reading {
  readonly names: Map<string, Tensor>;
  readonly arguments: Tensor[];
  readonly outputs: Tensor[];
  readonly writes: { argument: number; value: Tensor }[];
}

/** Parses the text of a graph; malformed text is an error with code `PARSE` that names the line. */
export function parseGraph(text: string): Graph {
  const reading: Reading = { names: new Map(), arguments: [], outputs: [], writes: [] };
  let started = false;
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    if (started) readLine(reading, line, index + 1);
    else if (line === "graph") started = true;
    else throw bad(index + 1, line, "the text of a graph begins with a line `graph`");
  });
  if (!started) throw bad(1, "", "the text of a graph begins with a line `graph`");
  return { arguments: reading.arguments, outputs: reading.outputs, writes: reading.writes };
}

function readLine(reading: Reading, line: string, number: number): void {
  const named = (name: string): Tensor => {
    const found = reading.names.get(name.trim());
    if (found !== undefined) return found;
    throw bad(number, line, `${name.trim()} is not defined above`);
  };
  const definition = /^(%\w+) = (\w+)((?: %\w+)*)(?: (\{.*\}))? : (\S.*)$/.exec(line);
  const write = /^write (%\w+) <- (%\w+)$/.exec(line);
  if (definition !== null) {
    const [, name, op, inputs, attributes, type] = definition;
    const operands = inputs
      .split(" ")
      .filter((part) => part !== "")
      .map(named);
    if (reading.names.has(name)) throw bad(number, line, `${name} is defined twice`);
    reading.names.set(
      name,
      makeTensor(reading, op, operands, attributes, readType(type, line, number), line, number),
    );
  } else if (write !== null) {
    const argument = reading.arguments.indexOf(named(write[1]));
    if (argument < 0) throw bad(number, line, `${write[1]} is not an argument`);
    reading.writes.push({ argument, value: named(write[2]) });
  } else if (line.startsWith("return ")) {
    reading.outputs.push(...line.slice(7).split(",").map(named));
  } else throw bad(number, line, "expected `%n = op … : type`, `return …` or `write %n <- %m`");
}

function makeTensor(
  reading: Reading,
  op: string,
  inputs: readonly Tensor[],
  text: string | undefined,
  type: TensorType,
  line: string,
  number: number,
): Tensor {
  if (op === "argument") {
    const leaf = argumentLeaf(type);
    reading.arguments.push(leaf);
    return leaf;
  }
  const definition = opNamed(op);
  const attributes = readAttributes(text, line, number);
  const computed = typeBy(() => definition.type(inputs, attributes), op, line, number);
  if (showType(computed) === showType(type))
    return new Tensor(definition, inputs, attributes, computed);
  throw bad(number, line, `${op} of these inputs is ${showType(computed)}`);
}

/** A type by an op's rule; rules trust attributes, which a text may have wrong. */
function typeBy(rule: () => TensorType, op: string, line: string, number: number): TensorType {
  try {
    return rule();
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    throw bad(number, line, `${op} cannot take these inputs and attributes`);
  }
}

function readAttributes(text: string | undefined, line: string, number: number): Attributes {
  try {
    return text === undefined ? {} : (JSON.parse(text) as Attributes);
  } catch (cause) {
    throw bad(number, line, `attributes are not JSON (${(cause as Error).message})`);
  }
}

function readType(text: string, line: string, number: number): TensorType {
  const match = /^(\w+)\[((?:\d+(?:, )?)*)\]$/.exec(text);
  const dtype = dtypes.find((name) => name === match?.[1]) as DType | undefined;
  if (match === null || dtype === undefined) throw bad(number, line, `${text} is not a type`);
  return { dtype, shape: match[2] === "" ? [] : match[2].split(", ").map(Number) };
}

function bad(number: number, line: string, why: string): ChainruleError {
  return new ChainruleError({
    code: "PARSE",
    op: "parseGraph",
    problem: `line ${number}, ${JSON.stringify(line)}: ${why}`,
    fix: "Write it as printGraph does.",
    detail: { line: number },
  });
}
