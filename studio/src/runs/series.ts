// A curve as columns of numbers that grow, what smoothing makes of it, and the few points of it that a screen can show.

/** What curves are drawn over. */
export type Axis = "step" | "time" | "epoch";

/** Points of a curve that are kept; of more, every second one goes. */
const mostPoints = 2 ** 19;

/** Points of a curve, in the order of their steps. */
export class Series {
  #columns: Columns = columnsOf(64);
  /** Of so many points one is kept. */
  #stride = 1;
  #passed = 0;
  /** Number of points. */
  size = 0;
  /** Changes whenever points do. */
  version = 0;
  /** Changes whenever points that were there have gone or moved, and not only new ones come. */
  cuts = 0;

  /** Adds a point. One that lies before the last was done again: what it replaces goes. */
  add(step: number, time: number, epoch: number, value: number): void {
    this.forgetFrom(step);
    if (this.#passed++ % this.#stride !== 0) return;
    if (this.size === mostPoints) this.#thin();
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
    if (this.size === 0 || steps[this.size - 1] < step) return;
    while (this.size > 0 && steps[this.size - 1] >= step) this.size--;
    this.#moved();
  }

  /** Whether not all points are kept any more. */
  get isThinned(): boolean {
    return this.#stride > 1;
  }

  /** Moves all points in time, where an earlier beginning became known. */
  delay(seconds: number): void {
    const times = this.along("time");
    for (let k = 0; k < times.length; k++) times[k] += seconds;
    this.#moved();
  }

  /** Places all points among the epochs, once it is known how many steps one has. */
  countEpochs(stepsPerEpoch: number): void {
    const [steps, epochs] = [this.along("step"), this.along("epoch")];
    for (let k = 0; k < steps.length; k++) epochs[k] = steps[k] / stepsPerEpoch;
    this.#moved();
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

  /** Into new columns: what is being drawn keeps the old ones. */
  #thin(): void {
    const fewer = columnsOf(mostPoints);
    this.size = mostPoints / 2;
    for (const name of names)
      for (let k = 0; k < this.size; k++) fewer[name][k] = this.#columns[name][2 * k];
    this.#columns = fewer;
    this.#stride *= 2;
    this.#moved();
  }

  #moved(): void {
    this.version++;
    this.cuts++;
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
 * that are no finite numbers are passed over. Goes on where it stood when the values have grown.
 */
export class RunningMean {
  readonly #weight: number;
  #means = new Float64Array(64);
  #size = 0;
  #mean = 0;
  #share = 1;

  constructor(weight: number) {
    this.#weight = weight;
  }

  /** The mean at each value; those that were there at the last call must be the same. */
  over(values: Float64Array): Float64Array {
    this.#makeRoom(values.length);
    for (; this.#size < values.length; this.#size++)
      this.#means[this.#size] = this.#next(values[this.#size]);
    return this.#means.subarray(0, values.length);
  }

  #next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.#mean = this.#weight * this.#mean + (1 - this.#weight) * value;
    this.#share *= this.#weight;
    return this.#mean / (1 - this.#share);
  }

  #makeRoom(size: number): void {
    if (size <= this.#means.length) return;
    const larger = new Float64Array(2 * size);
    larger.set(this.#means);
    this.#means = larger;
  }
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
  /** Whether columns have equal ratios and not equal distances. */
  readonly isLogarithmic?: boolean;
}

/**
 * Two places per column of pixels, which hold the least and the largest value of the points in it: what is drawn through
 * them looks as if all points were. Columns without points are `null`. Costs one pass over the points in sight.
 */
export function extremes(x: Float64Array, y: Float64Array, sight: Sight): (number | null)[] {
  const { columns, to } = sight;
  const places: (number | null)[] = new Array(2 * columns).fill(null);
  const last = placeOf(x, to) + (x[placeOf(x, to)] === to ? 1 : 0);
  let k = placeOf(x, sight.from);
  for (let column = 0; column < columns && k < last; column++) {
    const end = column === columns - 1 ? Number.POSITIVE_INFINITY : edgeOf(sight, column + 1);
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (; k < last && x[k] < end; k++) {
      const value = y[k];
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (least > most) continue;
    places[2 * column] = least;
    places[2 * column + 1] = most;
  }
  return places;
}

/** The x of the places that `extremes` fills. */
export function columnPlaces(sight: Sight): number[] {
  return Array.from({ length: 2 * sight.columns }, (_, k) => edgeOf(sight, (k + 0.5) / 2));
}

/** Where a column begins. */
function edgeOf({ from, to, columns, isLogarithmic }: Sight, column: number): number {
  const share = column / columns;
  return isLogarithmic ? from * (to / from) ** share : from + share * (to - from);
}
