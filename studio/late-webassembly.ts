// Small programs run at once on the reference target, in the worker of lessons: the compiler and the WebAssembly device,
// two fifths of the library, are fetched when a program is opened that needs speed. Until then the target `wasm`
// computes as `reference` does.

import type { Plugin } from "vite";

/** The module by which the worker asks for it. */
const asked = "virtual:webassembly";
const late = "\0late-webassembly";
const early = "\0webassembly";

/** Keeps the device apart in the bundle that begins at `entry`; elsewhere it is there from the beginning. */
export function lateWebAssembly(library: string, entry: string): Plugin {
  let [isMeant, isApart] = [false, false];
  return {
    name: "late-webassembly",
    enforce: "pre",
    buildStart({ input }) {
      isMeant = Object.values(input ?? {}).some((file) => file.endsWith(entry)); // a development server has none
    },
    resolveId(id, importer) {
      if (id === asked) return isMeant ? late : early;
      const isDevice = id === "./wasm/device.ts" && importer === `${library}/runtime/target.ts`;
      if (!isDevice || !isMeant) return null;
      isApart = true;
      return late;
    },
    buildEnd(error) {
      if (isMeant && !isApart && error === undefined)
        this.error(`${library}/runtime/target.ts no longer imports ./wasm/device.ts`);
    },
    load(id) {
      if (id === early) return "export async function loadWebAssembly() {}";
      return id === late ? { code: lateDevice(library), moduleSideEffects: true } : null;
    },
  };
}

function lateDevice(library: string): string {
  const runtime = JSON.stringify(`${library}/runtime`).slice(1, -1);
  return `
    import { referenceDevice } from "${runtime}/reference/device.ts";
    let device = referenceDevice();
    export async function loadWebAssembly() {
      const { wasmDevice } = await import("${runtime}/wasm/device.ts");
      if (device.name !== "wasm") device = wasmDevice();
    }
    export function wasmDevice() {
      return {
        name: "wasm",
        get threads() { return device.threads; },
        prepare: (graph) => device.prepare(graph),
        memory: () => device.memory(),
        slots: () => device.slots?.() ?? [],
      };
    }
  `;
}
