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
  useWords,
} from "../src/language/language.ts";
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
      <Choices {...{ language, setLanguage, theme, setTheme }} />
      <main id="content">
        <Facts />
        <Explorer program="chain" settings={settings} />
      </main>
    </LanguageContext>
  );
}

interface ChoiceFacts {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

function Choices({ language, setLanguage, theme, setTheme }: ChoiceFacts): ReactElement {
  const shared = useWords();
  return (
    <header className="header">
      <span className="brand">chainrule explain</span>
      <div className="choices">
        <label>
          <span className="visually-hidden">{shared.language}</span>
          <select
            value={language}
            onChange={(event) => setLanguage(event.target.value as Language)}
          >
            <option value="en">English</option>
            <option value="zh">简体中文</option>
          </select>
        </label>
        <label>
          <span className="visually-hidden">{shared.theme}</span>
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            <option value="system">{shared.system}</option>
            <option value="light">{shared.light}</option>
            <option value="dark">{shared.dark}</option>
          </select>
        </label>
      </div>
    </header>
  );
}

function Facts(): ReactElement {
  const text = useText();
  const { title, weights, sample, parameters, actual, predicted, image } = facts;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [text(words.sample), String(sample)],
    [text(words.actual), actual],
    [text(words.predicted), predicted],
    [text(words.parameters), parameters.toLocaleString("en")],
    [text(words.weights), text(words[weights])],
    [text(words.optimizer), text(words.anew)],
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
