// The `Worker` of browsers on top of Node's, as far as jax-js needs it for its pool: workers from the text of a blob.
// Rows measured with it are marked `2t`; in Node as it comes, the library finds no workers and uses one thread.

import { Worker as Thread } from "node:worker_threads";

/** What a worker's script expects of its surroundings in a browser. */
const surroundings = `
const { parentPort } = require("node:worker_threads");
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on("message", (data) => self.onmessage?.({ data }));
`;

/** Makes `Worker` and the number of processors known globally. */
export function provideWorkers(processors) {
  const scripts = rememberScripts();
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, "hardwareConcurrency", {
    value: processors,
    configurable: true,
  });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  globalThis.Worker = class {
    #thread;

    constructor(url) {
      this.#thread = new Thread(surroundings + scripts.get(String(url)), { eval: true });
      this.#thread.on("message", (data) => this.onmessage?.({ data }));
      this.#thread.on("error", (error) => this.onerror?.(error));
    }

    postMessage(message, transfer) {
      this.#thread.postMessage(message, transfer);
    }

    terminate() {
      return this.#thread.terminate();
    }
  };
}

/** From object URL to source text; blobs can be read only asynchronously, so their parts are kept when they are made. */
function rememberScripts() {
  const texts = new WeakMap();
  const scripts = new Map();
  const Original = globalThis.Blob;
  globalThis.Blob = class extends Original {
    constructor(parts = [], options = {}) {
      super(parts, options);
      if (parts.every((part) => typeof part === "string")) texts.set(this, parts.join(""));
    }
  };
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => {
    const url = create(blob);
    if (texts.has(blob)) scripts.set(url, texts.get(blob));
    return url;
  };
  return scripts;
}
