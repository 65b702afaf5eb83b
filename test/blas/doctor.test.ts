// What `doctor` says of BLAS: in use only where it computes products.

import { afterEach, describe, expect, test, vi } from "vitest";
import { doctor } from "../../src/cli/doctor.ts";
import { systemBlas } from "../../src/runtime/blas/system-blas.ts";
import { nativeMacro } from "../../src/runtime/native/native.ts";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
const probe = systemBlas(memory);
const native = nativeMacro(memory);
const why = "off" in probe ? `, skipped: ${probe.off}` : "";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function blasLine(): Promise<{ state: string; text: string }> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await doctor({ json: true });
  const { findings } = JSON.parse(write.mock.calls.map(([text]) => String(text)).join(""));
  write.mockRestore();
  return findings.find(({ name }: { name: string }) => name === "BLAS");
}

describe.skipIf("off" in probe)(`doctor on BLAS${why}`, () => {
  test("says that it is used where there is no machine code", async () => {
    vi.stubEnv("CHAINRULE_NATIVE", "off");
    expect(await blasLine()).toMatchObject({
      state: "used",
      text: expect.stringMatching(/BL|Acc/),
    });
  });

  test.skipIf("off" in native)("says why it is not used where there is", async () => {
    const text = expect.stringContaining("native kernels");
    expect(await blasLine()).toMatchObject({ state: "unused", text });
  });
});

test("doctor gives the reason where BLAS is off", async () => {
  vi.resetModules();
  vi.stubEnv("CHAINRULE_BLAS", "off");
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const fresh = await import("../../src/cli/doctor.ts");
  await fresh.doctor({ json: true });
  const text = write.mock.calls.map(([part]) => String(part)).join("");
  expect(JSON.parse(text).findings).toContainEqual({
    name: "BLAS",
    state: "unused",
    text: "CHAINRULE_BLAS=off",
  });
});
