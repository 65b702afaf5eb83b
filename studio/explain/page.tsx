// The page: what was traced, and the explorer over it. Step and facts stand in the document.

import type { ExplainFacts } from "chainrule/inspect";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { Explorer } from "../src/explorer/explorer.tsx";
import {
  initialLanguage,
  keepLanguage,
  type Language,
  LanguageContext,
  useText,
} from "../src/language/language.ts";
import { Choices } from "../src/shell/choices.tsx";
import { initialTheme, keepTheme, type Theme } from "../src/shell/theme.ts";
import "../src/shell/header.css";
import "./page.css";
import { words } from "./words.ts";

const facts = JSON.parse(textOf("facts")) as ExplainFacts;
const settings = { step: textOf("step") };

function textOf(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

export function ExplainPage(): ReactElement {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [theme, setTheme] = useState<Theme>(initialTheme);
  useEffect(() => keepLanguage(language), [language]);
  useEffect(() => keepTheme(theme), [theme]);
  return (
    <LanguageContext value={language}>
      <header className="header">
        <span className="brand">chainrule explain</span>
        <Choices {...{ language, setLanguage, theme, setTheme }} />
      </header>
      <main id="content">
        <Facts />
        <Explorer program="chain" settings={settings} />
      </main>
    </LanguageContext>
  );
}

function Facts(): ReactElement {
  const text = useText();
  const { title, weights, sample, parameters, updates = 0, actual, predicted, image } = facts;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [text(words.sample), String(sample)],
    [text(words.actual), actual],
    [text(words.predicted), predicted],
    [text(words.parameters), parameters.toLocaleString("en")],
    [text(words.weights), text(words[weights])],
    [text(words.optimizer), text(updates === 0 ? words.anew : words.after(updates))],
  ];
  return (
    <section className="explained">
      <div>
        <h1>{title}</h1>
        <p>{text(words.about)}</p>
        <dl>
          {rows.map(
            ([name, value]) =>
              value !== undefined && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
        <p className="offline">{text(words.offline)}</p>
      </div>
      {image !== undefined && <Picture image={image} label={text(words.picture)} />}
    </section>
  );
}

function Picture({
  image,
  label,
}: {
  readonly image: NonNullable<ExplainFacts["image"]>;
  readonly label: string;
}): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [channels, height, width] = image.shape;
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const { data } = context.createImageData(width, height);
    for (let at = 0; at < width * height; at++) {
      for (let c = 0; c < 3; c++)
        data[4 * at + c] = 255 * image.pixels[(channels === 3 ? c : 0) * width * height + at];
      data[4 * at + 3] = 255;
    }
    context.putImageData(new ImageData(data, width, height), 0, 0);
  }, [image, channels, width, height]);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />;
}
