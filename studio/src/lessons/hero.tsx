// The top of the first page: what Studio is for, the ways into it, and the whole idea in a picture that lives: one neuron
// with its loss, forwards and backwards. The numbers are those of the first lesson, where the library computes them; here
// five lines do, so that the page stands at once.

import { type ReactElement, useState } from "react";
import { shown } from "../explorer/numbers.ts";
import { useText, useWords } from "../language/language.ts";
import "./hero.css";
import { words as own } from "./words.ts";

const x = 1.5;
const target = 0.2;
const learningRate = 2;
const start = { w: 2, b: -1, updates: 0 };

type State = typeof start;

export function Hero(): ReactElement {
  const text = useText();
  const words = useWords();
  return (
    <section className="hero">
      <div>
        <h1>{text(own.homeTitle)}</h1>
        <p className="lead">{text(own.homeLead)}</p>
        <p className="hero-ways">
          <a className="button primary" href="#/lessons/chain-rule">
            {text(own.begin)}
          </a>
          <a className="button" href="#/playground">
            {words.playground}
          </a>
          <a className="button" href="#/runs">
            {words.runs}
          </a>
        </p>
      </div>
      <Neuron />
    </section>
  );
}

/** One step of the neuron: what each place holds, and how the loss changes with it. */
function stepOf({ w, b }: State) {
  const u = w * x;
  const z = u + b;
  const y = 1 / (1 + Math.exp(-z));
  const loss = (y - target) ** 2;
  const dy = 2 * (y - target);
  const dz = dy * y * (1 - y);
  return {
    values: { u, z, y, loss },
    adjoints: { w: dz * x, u: dz, b: dz, z: dz, y: dy, loss: 1 },
  };
}

function Neuron(): ReactElement {
  const text = useText();
  const words = useWords();
  const [state, setState] = useState(start);
  const { values, adjoints } = stepOf(state);
  const update = (): void =>
    setState(({ w, b, updates }) => ({
      w: w - learningRate * adjoints.w,
      b: b - learningRate * adjoints.b,
      updates: updates + 1,
    }));
  return (
    <figure className="neuron">
      <Drawing key={state.updates} {...{ state, values, adjoints }} />
      <div className="neuron-tools">
        <label>
          <i>w</i>
          <input
            type="range"
            {...{ min: -3, max: 3, step: 0.01, value: state.w }}
            aria-label={text(own.weightOfPicture)}
            onChange={(event) => setState({ ...state, w: Number(event.target.value) })}
          />
        </label>
        <button type="button" className="button" onClick={update}>
          {text(own.updateOnce)}
        </button>
        <button
          type="button"
          className="button"
          disabled={state === start}
          onClick={() => setState(start)}
        >
          {words.restart}
        </button>
      </div>
      <figcaption>{text(own.neuronCaption)}</figcaption>
    </figure>
  );
}

type Step = ReturnType<typeof stepOf>;

interface Spot {
  readonly at: readonly [x: number, y: number];
  readonly sign: string;
  readonly value: number;
  readonly adjoint?: number;
  readonly kind: "given" | "weight" | "op" | "loss";
  /** When the forward wave reaches it; the backward wave comes in the opposite order. */
  readonly turn: number;
}

function spotsOf({ state: { w, b }, values, adjoints }: Step & { readonly state: State }): Spot[] {
  return [
    { at: [40, 52], sign: "x", value: x, kind: "given", turn: 0 },
    { at: [40, 178], sign: "w", value: w, adjoint: adjoints.w, kind: "weight", turn: 0 },
    { at: [132, 115], sign: "w·x", value: values.u, adjoint: adjoints.u, kind: "op", turn: 1 },
    { at: [132, 222], sign: "b", value: b, adjoint: adjoints.b, kind: "weight", turn: 1 },
    { at: [224, 115], sign: "+ b", value: values.z, adjoint: adjoints.z, kind: "op", turn: 2 },
    { at: [316, 115], sign: "σ", value: values.y, adjoint: adjoints.y, kind: "op", turn: 3 },
    { at: [316, 222], sign: "t", value: target, kind: "given", turn: 3 },
    { at: [408, 115], sign: "(y−t)²", value: values.loss, adjoint: 1, kind: "loss", turn: 4 },
  ];
}

/** Pairs of spots that are joined, by their places in the list. */
const joints = [
  [0, 2],
  [1, 2],
  [2, 4],
  [3, 4],
  [4, 5],
  [5, 7],
  [6, 7],
] as const;

function Drawing(facts: Step & { readonly state: State }): ReactElement {
  const text = useText();
  const spots = spotsOf(facts);
  const loss = shown(facts.values.loss);
  return (
    <svg viewBox="-1 24 450 246" role="img" aria-label={`${text(own.neuronPicture)} ${loss}`}>
      {joints.map(([from, to]) => (
        <Joint key={`${from} ${to}`} from={spots[from]} to={spots[to]} />
      ))}
      {spots.map((spot) => (
        <SpotView key={spot.sign} {...spot} />
      ))}
    </svg>
  );
}

function Joint({ from, to }: { readonly from: Spot; readonly to: Spot }): ReactElement {
  const [[x1, y1], [x2, y2]] = [from.at, to.at];
  const ends = { x1, y1, x2, y2 };
  return (
    <g style={{ "--turn": from.turn } as React.CSSProperties}>
      <line className="joint" {...ends} />
      <line className="joint onward" {...ends} />
      {from.adjoint !== undefined && <line className="joint backward" {...ends} />}
    </g>
  );
}

function SpotView({ at: [left, top], sign, value, adjoint, kind, turn }: Spot): ReactElement {
  const isOp = kind === "op" || kind === "loss";
  return (
    <g
      className={`spot ${kind}`}
      transform={`translate(${left} ${top})`}
      style={{ "--turn": turn } as React.CSSProperties}
    >
      <rect
        x="-40"
        y="-24"
        width="80"
        height="48"
        rx={kind === "op" || kind === "loss" ? 10 : 24}
      />
      <text className="sign" y="-5">
        {sign}
      </text>
      <text className="value" y="16">
        {shown(value)}
      </text>
      {adjoint !== undefined && (
        <text className="adjoint" y={isOp ? -33 : 43}>
          ∂ {shown(adjoint, 3)}
        </text>
      )}
    </g>
  );
}
