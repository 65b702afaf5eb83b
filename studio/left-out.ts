// Methods that the worker of lessons does without. Every function of the library's `ops/all.ts` becomes a method of Tensor,
// so no bundler can see which of them are called; a lesson should not wait for linear algebra or Fourier transforms. The
// files named here are taken out of that list, and the build fails where what is left calls a method that was in one. They
// are not lost: what imports a function of theirs, as a layer of `nn` does, has it.

import type { Plugin } from "vite";

/** Files of the library's `ops` folder. */
const files: readonly string[] = [
  "bessel",
  "compose/adaptive-pooling",
  "compose/attention",
  "compose/columns",
  "compose/complex",
  "compose/counting",
  "compose/covariance",
  "compose/cumulative",
  "compose/difference",
  "compose/distance",
  "compose/fourier",
  "compose/general-indexing",
  "compose/gumbel",
  "compose/interpolate",
  "compose/linear",
  "compose/mask",
  "compose/max-unpooling",
  "compose/nan",
  "compose/normalization",
  "compose/pooling",
  "compose/resampling",
  "compose/scatter-reduce",
  "compose/search",
  "compose/sorting",
  "compose/special",
  "compose/unique",
  "gamma",
  "linalg/cholesky",
  "linalg/determinant",
  "linalg/eigh",
  "linalg/matrix",
  "linalg/pinv",
  "linalg/qr",
  "linalg/solve",
  "linalg/svd",
  "linalg/triangular-solve",
];

/** What is called by these names is a method of arrays, of `Math` or of the builder of loops. */
const elsewhere: readonly string[] = ["hypot", "index", "sort"];

/** Takes the files out of the list of methods, in the bundle that begins at `entry`. */
export function leftOut(entry: string): Plugin {
  const methods = new Map<string, string>();
  let isMeant = false;
  return {
    name: "left-out",
    enforce: "pre",
    buildStart({ input }) {
      isMeant = Object.values(input ?? {}).some((file) => file.endsWith(entry)); // a development server has none
    },
    transform: {
      filter: { id: /\/src\/ops\/.*\.ts$/ },
      handler(code, id) {
        if (!isMeant) return null;
        if (id.endsWith("/ops/all.ts")) {
          const unknown = files.filter((file) => !code.includes(`"./${file}.ts"`));
          if (unknown.length > 0) this.error(`not in the list of methods: ${unknown.join(", ")}`);
          return { code: without(code, methods), map: null };
        }
        const isLeftOut = files.some((file) => id.endsWith(`/ops/${file}.ts`));
        return isLeftOut ? { code, map: null, moduleSideEffects: false } : null;
      },
    },
    generateBundle(_, bundle) {
      const wrong = Object.values(bundle)
        .flatMap((chunk) => (chunk.type === "chunk" ? Object.entries(chunk.modules) : []))
        .flatMap(([id, { code }]) => calls(code ?? "").map((name) => ({ id, name })))
        .filter(({ name }) => methods.has(name))
        .map(({ id, name }) => `${id} calls .${name}() of ${methods.get(name)}.ts`);
      if (wrong.length > 0) this.error(`left out, but called:\n${wrong.join("\n")}`);
    },
  };
}

/** Names of the methods that are called. */
function calls(code: string): string[] {
  return Array.from(code.matchAll(/\.([a-zA-Z]\w*)\(/g), ([, name]) => name);
}

/** `all.ts` without the lines of those files; notes the methods that were in them. */
function without(code: string, methods: Map<string, string>): string {
  return code.replaceAll(/export \{([^}]*)\} from "\.\/(.+)\.ts";/g, (line, names, file) => {
    if (!files.includes(file)) return line;
    for (const [name] of names.matchAll(/\w+(?=\s*(,|$))/g))
      if (!elsewhere.includes(name)) methods.set(name, file);
    return "";
  });
}
