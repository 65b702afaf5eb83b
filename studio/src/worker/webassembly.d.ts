// Given by the build (`studio/late-webassembly.ts`).

declare module "virtual:webassembly" {
  /** Fetches the device that computes in WebAssembly; until then the reference computes. */
  export function loadWebAssembly(): Promise<void>;
}
