// The report as one HTML file: data, style and script in it, nothing loaded. Its policy allows this script and this style
// by their hashes and nothing else, so text from a run cannot run or load anything even if the page had a fault.

import { embeddedJson, type ReportData } from "./report-data.ts";

/** The page's own code: what `src/report` is bundled into. */
export interface ReportPage {
  readonly script: string;
  readonly style: string;
}

/** Languages in which the page can begin. */
export type ReportLanguage = "en" | "zh";

/** The file. `hash` gives the SHA-256 of a text in base 64; without `language` the page begins in the reader's. */
export function reportHtml(
  data: ReportData,
  page: ReportPage,
  options: { readonly language?: ReportLanguage; readonly hash: (text: string) => string },
): string {
  const { language, hash } = options;
  const script = page.script.replaceAll("</script", "<\\/script");
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash(script)}'`,
    `style-src 'sha256-${hash(page.style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="${language ?? "en"}"${language === undefined ? ' data-language="reader"' : ""}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="chainrule">
<title>${escaped(data.name)} · chainrule</title>
<style>${page.style}</style>
</head>
<body>
<noscript>${escaped(data.name)}: ${escaped(scoresText(data))}</noscript>
<main id="page"></main>
<script type="application/json" id="data">${embeddedJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function scoresText({ results }: ReportData): string {
  return Object.entries(results)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`)
    .join(", ");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]);
}
