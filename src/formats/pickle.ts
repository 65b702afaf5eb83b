// Reading Python pickles (PEP 307, PEP 574, Lib/pickletools.py) without running anything: a stack machine whose only
// functions are those that `rules` allow by name. All else that a pickle names is refused by that name. Work and memory
// are bounded by the pickle's length, since every instruction costs a byte and makes at most one value.

import type { Refuse } from "./bad-file.ts";
import {
  damaged,
  type PickleMachine,
  type PickleRules,
  type PickleValue,
  pop,
} from "./pickle-machine.ts";
import { pickleOpcodes } from "./pickle-opcodes.ts";

/** Reads the pickle that begins at byte `at`, and says where it ends. */
export function unpickle(
  bytes: Uint8Array,
  rules: PickleRules,
  bad: Refuse,
  at: number = 0,
): { readonly value: PickleValue; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const m: PickleMachine = { view, rules, bad, memo: new Map(), at, stack: [], marked: [] };
  while (m.at < bytes.length) {
    const opcode = bytes[m.at++];
    if (opcode === stop) return { value: pop(m), end: m.at };
    const run = pickleOpcodes[opcode];
    if (run === undefined) throw damaged(m, `has no instruction ${opcode}`);
    run(m);
  }
  throw damaged(m, "ends without its last instruction");
}

const stop = 0x2e;
