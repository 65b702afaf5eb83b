// Builds the web app into the package (dist/studio): static files with relative addresses. The library is taken from its
// sources, by the names that a user imports.

import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type PluginOption, type UserConfig } from "vite";
import { licences } from "../scripts/licences.ts";
import { lateWebAssembly } from "./late-webassembly.ts";
import { leftOut } from "./left-out.ts";
import { typesetTexts } from "./typeset-texts.ts";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** The worker that a lesson waits for: it is kept small. */
const lessons = "/studio/src/worker/worker.ts";

/** Public entries of the library; nothing else of it may be imported. Native code is left out, as in other browsers' bundles. */
const library = [
  {
    find: /^.*\/(native\/(native|koffi)|blas\/system-blas)\.ts$/,
    replacement: `${source}/runtime/native/browser.ts`,
  },
  { find: /^chainrule$/, replacement: `${source}/index.ts` },
  { find: /^chainrule\/(\w+)$/, replacement: `${source}/$1/index.ts` },
];

/**
 * Modules of these layers register ops and methods when they are loaded, which entries ask for; the package's manifest says
 * so of its build only. All others can be left out where nothing of them is used.
 */
function registering(): Plugin {
  const registers = /^\/((core|ir|ops|autodiff|compiler|runtime)\/.*|(\w+\/)?index)\.ts$/;
  return {
    name: "library-registers",
    transform: {
      filter: { id: /\/src\/.*\.ts$/ },
      handler: (code, id) =>
        id.startsWith(source) && registers.test(id.slice(source.length))
          ? { code, map: null, moduleSideEffects: true }
          : null,
    },
  };
}

/** Leaves out the fonts of formulas in formats that only browsers without modules need. */
function newFontsOnly(): Plugin {
  return {
    name: "new-fonts-only",
    enforce: "pre",
    transform: {
      filter: { id: /katex.*\.css$/ },
      handler: (code) =>
        code.replaceAll(
          /,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g,
          "",
        ),
    },
  };
}

/** Findings and errors name a layer by its class, so that these keep their names: `layers.1 (ReLU)`. */
const withClassNames = {
  compress: { keepNames: { class: true, function: false } },
  mangle: { keepNames: { class: true, function: false } },
  codegen: true,
} as const;

/** What the web app and the page of one step have in common. */
export const shared: UserConfig = {
  base: "./",
  plugins: [react(), registering(), lateWebAssembly(source, lessons), newFontsOnly()],
  resolve: { alias: library },
  worker: {
    format: "es",
    plugins: () => [leftOut(lessons), lateWebAssembly(source, lessons), registering()],
    rolldownOptions: { output: { minify: withClassNames } },
  },
};

const config: UserConfig = defineConfig({
  ...shared,
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [...shared.plugins!, typesetTexts(), licences("Chainrule Studio") as PluginOption],
  build: {
    outDir: "../dist/studio",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 700, // the library in the worker, read beside the page
    rolldownOptions: { checks: { pluginTimings: false } },
    license: false,
  },
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});

export default config;
