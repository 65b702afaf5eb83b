// A curve as columns of numbers that grow, what smoothing makes of it, and the few points of it that a screen can show.

/** What curves are drawn over. */
export type Axis = "step" | "time" | "epoch";

/** Points of a curve, in the order of their steps. */
export class Series {
  #columns: Columns = columnsOf(64);
  /** Number of points. */
  size = 0;
  /** Changes whenever points do. */
  version = 0;

  /** Adds a point. One that lies before the last was done again: what it replaces goes. */
  add(step: number, time: number, epoch: number, value: number): void {
    this.forgetFrom(step);
    if (this.size === this.#columns.value.length) this.#grow();
    const { step: steps, time: times, epoch: epochs, value: values } = this.#columns;
    steps[this.size] = step;
    times[this.size] = time;
    epochs[this.size] = epoch;
    values[this.size] = value;
    this.size++;
    this.version++;
  }

  /** Drops what was recorded for a step and later ones. */
  forgetFrom(step: number): void {
    const { step: steps } = this.#columns;
    while (this.size > 0 && steps[this.size - 1] >= step) {
      this.size--;
      this.version++;
    }
  }

  /** Where the points lie on an axis. */
  along(axis: Axis): Float64Array {
    return this.#columns[axis].subarray(0, this.size);
  }

  get values(): Float64Array {
    return this.#columns.value.subarray(0, this.size);
  }

  get last(): number {
    return this.size === 0 ? Number.NaN : this.#columns.value[this.size - 1];
  }

  #grow(): void {
    const larger = columnsOf(2 * this.size);
    for (const name of names) larger[name].set(this.#columns[name]);
    this.#columns = larger;
  }
}

const names = ["step", "time", "epoch", "value"] as const;
type Columns = Readonly<Record<(typeof names)[number], Float64Array>>;

function columnsOf(size: number): Columns {
  return {
    step: new Float64Array(size),
    time: new Float64Array(size),
    epoch: new Float64Array(size),
    value: new Float64Array(size),
  };
}

/**
 * The running mean m ← w·m + (1 − w)·y, divided by 1 − wⁿ so that it does not begin at 0, as TensorBoard draws it. Values
 * that are no finite numbers are passed over.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (weight === 0) return values;
  const result = new Float64Array(values.length);
  let mean = 0;
  let share = 1;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (!Number.isFinite(value)) {
      result[k] = value;
      continue;
    }
    mean = weight * mean + (1 - weight) * value;
    share *= weight;
    result[k] = mean / (1 - share);
  }
  return result;
}

/** The first place in ascending numbers that is not below `bound`. */
export function placeOf(ascending: Float64Array, bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is seen of a curve: the range of its x axis, and the columns of pixels that it has. */
export interface Sight {
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

/**
 * Two places per column of pixels, which hold the least and the largest value of the points in it: what is drawn through
 * them looks as if all points were. Columns without points are `null`. Costs one pass over the points in sight.
 */
export function extremes(
  x: Float64Array,
  y: Float64Array,
  { from, to, columns }: Sight,
): (number | null)[] {
  const places: (number | null)[] = new Array(2 * columns).fill(null);
  const scale = columns / (to - from || 1);
  let column = -1;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const settle = (): void => {
    if (column < 0 || least > most) return;
    places[2 * column] = least;
    places[2 * column + 1] = most;
  };
  const end = placeOf(x, to);
  for (let k = placeOf(x, from); k < end; k++) {
    const next = Math.min(columns - 1, Math.floor((x[k] - from) * scale));
    if (next !== column) {
      settle();
      column = next;
      least = Number.POSITIVE_INFINITY;
      most = Number.NEGATIVE_INFINITY;
    }
    const value = y[k];
    if (value < least) least = value;
    if (value > most) most = value;
  }
  settle();
  return places;
}

/** The x of the places that `extremes` fills. */
export function columnPlaces({ from, to, columns }: Sight): number[] {
  const width = (to - from) / (2 * columns);
  return Array.from({ length: 2 * columns }, (_, k) => from + (k + 0.5) * width);
}
