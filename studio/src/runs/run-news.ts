// What the files of a run say, piece by piece, in a form that goes from the worker that reads them to the page: numbers in
// typed arrays, which are handed over and not copied.

/** Points of one curve: `loss` of `train`; or of a parameter, ‖Δw‖ ÷ ‖w‖ of an `update` or ‖∂L/∂w‖ of a `gradient`. */
export interface NewPoints {
  readonly kind: "curve" | "update" | "gradient";
  readonly chart: string;
  readonly part: string;
  /** Rows of step, seconds, epoch (NaN where it follows from the step) and value. */
  readonly rows: Float64Array;
}

/** A line of the log: one epoch. */
export interface EpochRow {
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  readonly learningRate: number;
  readonly train: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
}

export interface HistogramAt {
  readonly step: number;
  /** Rows of left edge, right edge and count. */
  readonly buckets: Float64Array;
}

export interface PicturesAt {
  readonly step: number;
  readonly files: readonly Uint8Array[];
}

export interface TextAt {
  readonly step: number;
  readonly text: string;
}

/** Something of a tag, such as a histogram of a parameter. */
export interface Tagged<T> {
  readonly tag: string;
  /** The folder within the run whose files have it. */
  readonly part: string;
  readonly at: T;
}

/** What a file is that cannot be read on: from a damaged record on, or because of a line without an end. */
export interface Damage {
  readonly file: string;
  readonly kind: "record" | "line";
  /** Where it begins. */
  readonly byte: number;
}

/** What one piece of a run's files says. */
export interface RunNews {
  /** Whether all that was read before is void: the files were begun anew. */
  readonly isAnew: boolean;
  /** Bytes that were read of all files. */
  readonly bytes: number;
  /** Steps and later ones of a part that are void, where a run went on from a checkpoint; these come before all else. */
  readonly restarts: readonly { readonly step: number; readonly part: string }[];
  readonly points: readonly NewPoints[];
  /** Whether the seconds of `points` count since 1970. */
  readonly isWallTime: boolean;
  readonly stepsPerEpoch: number;
  readonly epochs: readonly EpochRow[];
  readonly histograms: readonly Tagged<HistogramAt>[];
  readonly pictures: readonly Tagged<PicturesAt>[];
  readonly texts: readonly Tagged<TextAt>[];
  /** Lines that were no JSON. */
  readonly oddLines: number;
  readonly damage: readonly Damage[];
}
