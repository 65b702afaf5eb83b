// What TypeScript would refuse: other things than bytes, options of other names, limits that are none.

import { expect, test } from "vitest";
import {
  bytesSource,
  decodeGguf,
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  decodeTorch,
  encodeNpz,
  encodeSafetensors,
  openSafetensors,
} from "../../src/formats/index.ts";
import { refusal } from "./damage.ts";

const any = (value: unknown): never => value as never;
const decoders = { decodeSafetensors, decodeNpy, decodeNpz, decodeTorch, decodeGguf };

test.each(Object.entries(decoders))("%s takes bytes alone", async (name, decode) => {
  for (const given of [undefined, null, "model.bin", new ArrayBuffer(8), [1, 2]]) {
    const error = await refusal(() => decode(any(given)));
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(
      new RegExp(`^${name}: takes the bytes of a file as a Uint8Array; received `),
    );
  }
});

test("options have the names there are", async () => {
  const empty = encodeSafetensors(new Map());
  const opened = await openSafetensors(bytesSource(empty));
  for (const call of [
    () => decodeSafetensors(empty, "x", any({ row: true })),
    () => decodeNpy(empty, "x", any({ maxBytes: 1 })),
    () => decodeNpz(encodeNpz(new Map()), "x", any({ limit: 1 })),
    () => decodeTorch(empty, "x", any({ prefix: "model" })),
    () => opened.read("x", any({ dtype: "float32" })),
  ]) {
    const error = await refusal(call);
    expect(error.code).toBe("BAD_ARGUMENT");
    expect(error.message).toMatch(/there is no option/);
  }
});

test.each([-1, Number.NaN, "1 GB"])("maxBytes of %s is refused", async (maxBytes) => {
  const call = (): unknown => decodeNpz(encodeNpz(new Map()), "x", { maxBytes: any(maxBytes) });
  expect((await refusal(call)).message).toMatch(/maxBytes must be a number ≥ 0; received/);
});
