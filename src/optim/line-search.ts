// The step length along a descent direction that satisfies the strong Wolfe conditions: enough decrease (c1) and a slope
// that has flattened (c2). Bracketing and zooming with safeguarded cubic interpolation (Nocedal & Wright, "Numerical
// Optimization", 2nd ed., algorithms 3.5 and 3.6; safeguards as in Schmidt's minFunc).

const sufficientDecrease = 1e-4;
const curvature = 0.9;

/** A function's value and gradient at a point. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A trial point on the line: length t, and the slope there. */
export interface Trial extends Evaluation {
  readonly t: number;
  readonly slope: number;
}

/** Evaluates the function at length t along the line. */
export type AlongLine = (t: number) => Promise<Trial>;

interface Bracket {
  low: Trial;
  high: Trial;
}

/** Searches from `start` (t = 0), trying length `first` at first; gives the best trial after at most `limit` evaluations. */
export async function strongWolfe(
  along: AlongLine,
  start: Trial,
  first: number,
  { smallest, limit = 25 }: { readonly smallest: number; readonly limit?: number },
): Promise<Trial> {
  let previous = start;
  let trial = await along(first);
  for (let count = 1; count <= limit; count++) {
    if (tooHigh(trial, start) || (count > 2 && !(trial.value < previous.value))) {
      return zoom(along, start, sorted(previous, trial), { smallest, left: limit - count });
    }
    if (isFlat(trial, start)) return trial;
    if (trial.slope >= 0) {
      return zoom(along, start, sorted(previous, trial), { smallest, left: limit - count });
    }
    const bounds = [trial.t + 0.01 * (trial.t - previous.t), 10 * trial.t] as const;
    const next = await along(cubicMinimum(previous, trial, bounds));
    previous = trial;
    trial = next;
  }
  return trial.value < start.value ? trial : start;
}

/** Narrows a bracket that holds an acceptable length. */
async function zoom(
  along: AlongLine,
  start: Trial,
  bracket: Bracket,
  { smallest, left }: { readonly smallest: number; readonly left: number },
): Promise<Trial> {
  let wasNearEnd = false;
  for (let count = 0; count < left; count++) {
    const { low, high } = bracket;
    if (Math.abs(high.t - low.t) < smallest) break;
    const { t, nearEnd } = inside(bracket, wasNearEnd);
    wasNearEnd = nearEnd;
    const trial = await along(t);
    if (tooHigh(trial, start) || !(trial.value < low.value)) {
      Object.assign(bracket, sorted(low, trial));
      continue;
    }
    if (isFlat(trial, start)) return trial;
    if (trial.slope * (high.t - low.t) >= 0) bracket.high = low;
    bracket.low = trial;
  }
  return bracket.low;
}

/** The interpolated length, moved off the ends of the bracket when it comes near one twice in a row. */
function inside({ low, high }: Bracket, wasNearEnd: boolean): { t: number; nearEnd: boolean } {
  const from = Math.min(low.t, high.t);
  const to = Math.max(low.t, high.t);
  const t = cubicMinimum(low, high, [from, to]);
  const margin = 0.1 * (to - from);
  if (Math.min(to - t, t - from) >= margin) return { t, nearEnd: false };
  if (!wasNearEnd && t > from && t < to) return { t, nearEnd: true };
  return { t: to - t < t - from ? to - margin : from + margin, nearEnd: false };
}

/** Minimum of the cubic through two trials' values and slopes, within bounds; their middle where there is none. */
function cubicMinimum(p: Trial, q: Trial, [low, high]: readonly [number, number]): number {
  const [a, b] = p.t <= q.t ? [p, q] : [q, p];
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  const d2 = Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return Number.isFinite(t) ? Math.min(Math.max(t, low), high) : (low + high) / 2;
}

function sorted(a: Trial, b: Trial): Bracket {
  return a.value <= b.value || Number.isNaN(b.value) ? { low: a, high: b } : { low: b, high: a };
}

/** Not enough decrease; also where the value is not a number. */
function tooHigh(trial: Trial, start: Trial): boolean {
  return !(trial.value <= start.value + sufficientDecrease * trial.t * start.slope);
}

function isFlat(trial: Trial, start: Trial): boolean {
  return Math.abs(trial.slope) <= -curvature * start.slope;
}
