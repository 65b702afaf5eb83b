import { ChainruleError } from "../../src/core/errors.ts";
import { decodeEvents } from "../../src/formats/event-file.ts";
import { frame, framingBytes, readRecord } from "../../src/formats/tfrecord.ts";
import { foreignEvents, foreignSettings } from "../../test/formats/foreign-events.ts";
import type { FuzzTarget } from "./engine/target.ts";

/** The records of a file, without the checksums that would refuse every mutant. */
function recordsOf(file: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const record = readRecord(file, at);
    if (typeof record === "string") return found;
    found.push(record.data);
    at = record.end;
  }
}

/** Reads the bytes as a file, and as a record with right checksums; damage is no error, so nothing is found instead. */
function parse(bytes: Uint8Array): unknown {
  const file = new Uint8Array(bytes.length + framingBytes);
  frame(bytes, file, 0);
  const events = [bytes, file].flatMap((one) => decodeEvents(one).events);
  if (events.length > 0) return events;
  throw new ChainruleError({ code: "BAD_FILE", problem: "no event was found" });
}

const target: FuzzTarget = {
  parse,
  seeds: [foreignEvents, foreignSettings].flatMap((file) => [file, ...recordsOf(file)]),
  words: ["scalars", "histograms", "images", "text", "hparams", "__proto__"],
  memory: (bytes) => 24 * bytes + 2 ** 20, // a number may take one byte, and 8 as it is read
};
export default target;
