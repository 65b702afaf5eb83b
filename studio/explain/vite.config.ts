// Builds the page of one step (`chainrule explain`) into dist/explain/page.html: the explorer of the web app with its
// scripts, styles, fonts and workers inside one file, which opens from disk. The command puts a step into it.

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type PluginOption, type UserConfig } from "vite";
import { licences } from "../../scripts/licences.ts";
import { shared } from "../vite.config.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Workers become part of the script, and the one that computes is this page's own. */
function workersInside(): Plugin {
  const starting = /new Worker\(new URL\("\.\/([\w-]+\.ts)", import\.meta\.url\), \{[^}]*\}\)/g;
  return {
    name: "workers-inside",
    enforce: "pre",
    transform: {
      filter: { id: /\/studio\/src\/.*\.ts$/ },
      handler(code) {
        const imports: string[] = [];
        const changed = code.replaceAll(starting, (_, file: string) => {
          const place = file === "worker.ts" ? `${here}worker.ts` : `./${file}`;
          imports.push(`import Inside${imports.length} from "${place}?worker&inline";`);
          return `new Inside${imports.length - 1}()`;
        });
        return imports.length === 0
          ? null
          : { code: `${imports.join("\n")}\n${changed}`, map: null };
      },
    },
  };
}

/** Puts script and style into the page, with a policy that allows this script and nothing from elsewhere. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle: {
      order: "post", // when vite has put in what it knows last
      handler(_options, bundle) {
        const files = Object.values(bundle);
        const texts = (ending: string): string =>
          files
            .filter(({ fileName }) => fileName.endsWith(ending))
            .map((file) => (file.type === "chunk" ? file.code : String(file.source)))
            .join("\n");
        const script = texts(".js").replaceAll("</script", "<\\/script");
        const hash = createHash("sha256").update(script).digest("base64");
        const page = texts("index.html")
          .replaceAll(
            /\s*<(?:script type="module"|link rel="stylesheet")[^>]*>(?:<\/script>)?/g,
            "",
          )
          .replace("<head>", () => `<head>\n    ${policy(hash)}`)
          .replace("</head>", () => `  <style>${texts(".css")}</style>\n  </head>`)
          .replace("</body>", () => `  <script type="module">${script}</script>\n  </body>`);
        for (const name of Object.keys(bundle)) if (!name.endsWith(".txt")) delete bundle[name];
        this.emitFile({ type: "asset", fileName: "page.html", source: page });
      },
    },
  };
}

/** Formulas and the graph set styles of their elements; workers are made of text in the script. */
function policy(hash: string): string {
  const rules = [
    "default-src 'none'",
    `script-src 'sha256-${hash}' 'wasm-unsafe-eval' blob:`,
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return `<meta http-equiv="Content-Security-Policy" content="${rules.join("; ")}" />`;
}

const config: UserConfig = defineConfig({
  ...shared,
  root: here,
  plugins: [
    workersInside(),
    ...shared.plugins!,
    licences("The page of a step") as PluginOption,
    oneFile(),
  ],
  // Browsers refuse workers that are modules on pages from disk.
  worker: {
    ...shared.worker,
    format: "iife",
    rolldownOptions: { checks: { pluginTimings: false }, output: { codeSplitting: false } },
  },
  build: {
    outDir: "../../dist/explain",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 4000, // everything, in one file by design
    rolldownOptions: { checks: { pluginTimings: false }, output: { codeSplitting: false } },
  },
});

export default config;
