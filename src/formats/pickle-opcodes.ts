// The instructions of pickle machines, protocols 0 to 5, by their codes. Extension codes and out-of-band buffers, which
// need a Python around them, are missing.

import {
  damaged,
  named,
  PickleGlobal,
  type PickleMachine,
  type PickleValue,
  pop,
  popMark,
  push,
  skip,
  top,
} from "./pickle-machine.ts";

type Instruction = (m: PickleMachine) => void;

/** Longer numbers are nothing that a model file holds, and cost more than their length. */
const longestNumber = 1000;

const code = (letter: string): number => letter.charCodeAt(0);

/** Instructions by their codes. */
export const pickleOpcodes: Readonly<Record<number, Instruction>> = {
  128: (m) => checkProtocol(m, u8(m)),
  149: (m) => skip(m, 8), // Frames only say how much to read ahead.
  // --- marks, copies and the memo ---
  [code("(")]: mark,
  [code("0")]: (m) => (m.stack.length > 0 ? pop(m) : popMark(m)),
  [code("1")]: popMark,
  [code("2")]: (m) => push(m, top(m)),
  [code("g")]: (m) => recall(m, whole(m)),
  [code("h")]: (m) => recall(m, u8(m)),
  [code("j")]: (m) => recall(m, u32(m)),
  [code("p")]: (m) => m.memo.set(whole(m), top(m)),
  [code("q")]: (m) => m.memo.set(u8(m), top(m)),
  [code("r")]: (m) => m.memo.set(u32(m), top(m)),
  148: (m) => m.memo.set(m.memo.size, top(m)),
  // --- constants and numbers ---
  [code("N")]: (m) => push(m, null),
  136: (m) => push(m, true),
  137: (m) => push(m, false),
  [code("K")]: (m) => push(m, u8(m)),
  [code("M")]: (m) => push(m, m.view.getUint16(skip(m, 2), true)),
  [code("J")]: (m) => push(m, m.view.getInt32(skip(m, 4), true)),
  [code("I")]: (m) => pushInteger(m),
  [code("L")]: (m) => pushInteger(m),
  138: (m) => push(m, bigInteger(m, u8(m))),
  139: (m) => push(m, bigInteger(m, u32(m))),
  [code("F")]: (m) => push(m, decimal(m)),
  [code("G")]: (m) => push(m, m.view.getFloat64(skip(m, 8))),
  // --- text and bytes ---
  [code("S")]: (m) => push(m, quoted(m)),
  [code("T")]: (m) => push(m, latin1(m, u32(m))),
  [code("U")]: (m) => push(m, latin1(m, u8(m))),
  [code("V")]: (m) => push(m, escaped(line(m))),
  [code("X")]: (m) => push(m, utf8(m, u32(m))),
  140: (m) => push(m, utf8(m, u8(m))),
  141: (m) => push(m, utf8(m, u64(m))),
  [code("B")]: (m) => push(m, bytes(m, u32(m))),
  [code("C")]: (m) => push(m, bytes(m, u8(m))),
  142: (m) => push(m, bytes(m, u64(m))),
  150: (m) => push(m, bytes(m, u64(m))),
  // --- lists, tuples, dictionaries and sets ---
  [code("]")]: (m) => push(m, []),
  [code("l")]: (m) => push(m, popMark(m)),
  [code("a")]: (m) => append(m, [pop(m)]),
  [code("e")]: (m) => append(m, popMark(m)),
  [code(")")]: (m) => push(m, []),
  [code("t")]: (m) => push(m, popMark(m)),
  133: (m) => push(m, [pop(m)]),
  134: (m) => push(m, [pop(m), pop(m)].reverse()),
  135: (m) => push(m, [pop(m), pop(m), pop(m)].reverse()),
  [code("}")]: (m) => push(m, new Map()),
  [code("d")]: (m) => {
    const items = popMark(m);
    push(m, new Map());
    setItems(m, items);
  },
  [code("s")]: (m) => setItems(m, [pop(m), pop(m)].reverse()),
  [code("u")]: (m) => setItems(m, popMark(m)),
  143: (m) => push(m, new Set()),
  144: addItems,
  145: (m) => push(m, new Set(popMark(m))),
  // --- names, calls and states ---
  [code("c")]: (m) => push(m, named(m, line(m), line(m))),
  147: (m) => {
    const name = pop(m);
    push(m, named(m, pop(m), name));
  },
  [code("R")]: call,
  129: call,
  146: (m) => {
    const options = pop(m);
    if (options instanceof Map && options.size === 0) return call(m);
    throw damaged(m, "makes an object with named arguments");
  },
  [code("b")]: (m) => {
    const state = pop(m);
    m.rules.build(top(m), state);
  },
  [code("P")]: (m) => push(m, m.rules.persistent(line(m))),
  [code("Q")]: (m) => push(m, m.rules.persistent(pop(m))),
  [code("i")]: (m) => {
    const callee = named(m, line(m), line(m));
    const args = popMark(m);
    push(m, m.rules.call(callee, args));
  },
  [code("o")]: (m) => {
    const [callee, ...args] = popMark(m);
    push(m, m.rules.call(callable(m, callee), args));
  },
};

function checkProtocol(m: PickleMachine, protocol: number): void {
  if (protocol > 5) throw damaged(m, `has protocol ${protocol}, needed at most 5`);
}

function mark(m: PickleMachine): void {
  m.marked.push(m.stack);
  m.stack = [];
}

function recall(m: PickleMachine, place: number): void {
  const value = m.memo.get(place);
  if (value === undefined) throw damaged(m, `remembers value ${place}, which there is not`);
  push(m, value);
}

function call(m: PickleMachine): void {
  const args = pop(m);
  const callee = callable(m, pop(m));
  if (!Array.isArray(args)) throw damaged(m, `calls ${callee.name} with what is no tuple`);
  push(m, m.rules.call(callee, args));
}

function callable(m: PickleMachine, callee: PickleValue | undefined): PickleGlobal {
  if (callee instanceof PickleGlobal) return callee;
  throw damaged(m, "calls what is no function");
}

function append(m: PickleMachine, values: readonly PickleValue[]): void {
  const list = top(m);
  if (!Array.isArray(list)) throw damaged(m, "appends to what is no list");
  for (const value of values) list.push(value);
}

function setItems(m: PickleMachine, items: readonly PickleValue[]): void {
  const dictionary = top(m);
  if (!(dictionary instanceof Map)) throw damaged(m, "sets items of what is no dictionary");
  if (items.length % 2 !== 0) throw damaged(m, "has a key without a value");
  for (let k = 0; k < items.length; k += 2) dictionary.set(items[k], items[k + 1]);
}

function addItems(m: PickleMachine): void {
  const items = popMark(m);
  const set = top(m);
  if (!(set instanceof Set)) throw damaged(m, "adds to what is no set");
  for (const item of items) set.add(item);
}

// --- operands ---

function u8(m: PickleMachine): number {
  return m.view.getUint8(skip(m, 1));
}

function u32(m: PickleMachine): number {
  return m.view.getUint32(skip(m, 4), true);
}

function u64(m: PickleMachine): number {
  return Number(m.view.getBigUint64(skip(m, 8), true));
}

function bytes(m: PickleMachine, length: number): Uint8Array {
  const begin = skip(m, length);
  return new Uint8Array(m.view.buffer, m.view.byteOffset + begin, length);
}

function utf8(m: PickleMachine, length: number): string {
  return new TextDecoder().decode(bytes(m, length));
}

function latin1(m: PickleMachine, length: number): string {
  const letters = bytes(m, length);
  let text = "";
  for (let at = 0; at < letters.length; at += 4096) {
    text += String.fromCharCode(...letters.subarray(at, at + 4096));
  }
  return text;
}

/** Text up to the end of the line. */
function line(m: PickleMachine): string {
  const rest = new Uint8Array(m.view.buffer, m.view.byteOffset + m.at, m.view.byteLength - m.at);
  const length = rest.indexOf(0x0a);
  if (length < 0) throw damaged(m, "is truncated in a line of text");
  const text = utf8(m, length);
  skip(m, 1);
  return text;
}

function whole(m: PickleMachine): number {
  const text = line(m);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw damaged(m, "has a place in its memory that is no number");
}

/** Protocol 0 writes numbers as text, and truth values as 00 and 01. */
function pushInteger(m: PickleMachine): void {
  const text = line(m);
  if (text === "00" || text === "01") push(m, text === "01");
  else if (text.length <= longestNumber && /^[+-]?\d+L?$/.test(text)) {
    push(m, narrow(BigInt(text.replace(/[+L]/g, ""))));
  } else throw damaged(m, "has a number that is none");
}

function decimal(m: PickleMachine): number {
  const text = line(m);
  const special: Readonly<Record<string, number>> = {
    ...{ inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY, nan: Number.NaN },
  };
  if (Object.hasOwn(special, text)) return special[text];
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isNaN(value)) return value;
  throw damaged(m, "has a number that is none");
}

/** A little-endian number in two's complement. */
function bigInteger(m: PickleMachine, length: number): number | bigint {
  if (length > longestNumber) throw damaged(m, `has a number of ${length} bytes`);
  let value = 0n;
  for (const byte of bytes(m, length).toReversed()) value = (value << 8n) | BigInt(byte);
  return narrow(BigInt.asIntN(8 * length, value));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Protocol 0 text of bytes: quoted, with escapes that only odd text needs. */
function quoted(m: PickleMachine): string {
  const text = line(m);
  const inside = /^(['"])(.*)\1$/s.exec(text)?.[2];
  if (inside === undefined) throw damaged(m, "has text without quotes");
  return inside.replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
}

function escaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
}
