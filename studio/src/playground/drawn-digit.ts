// From strokes to what the digits' network sees. The data set was made the same way: 32×32 pixels that are ink or not,
// with the digit filling the height, counted in blocks of 4×4, so that each of 8×8 numbers is a share of ink.

/** Side of the pad in pixels, and of the picture that comes of it. */
export const padSide = 32;
export const digitSide = 8;

const block = padSide / digitSide;

/** The 8×8 picture of a pad, ink 1; all 0 for an empty pad. The digit is moved and scaled to fill the height. */
export function digitOf(pad: Uint8Array): Float32Array {
  const box = boxOf(pad);
  const digit = new Float32Array(digitSide * digitSide);
  if (box === undefined) return digit;
  const { top, left, height, width } = box;
  // Thin digits such as 1 keep their shape: they are scaled by their height alone.
  const size = Math.max(height, width);
  const scale = size / padSide;
  const middle = { row: top + height / 2, column: left + width / 2 };
  for (let row = 0; row < padSide; row++) {
    for (let column = 0; column < padSide; column++) {
      const fromRow = Math.floor(middle.row + (row + 0.5 - padSide / 2) * scale);
      const fromColumn = Math.floor(middle.column + (column + 0.5 - padSide / 2) * scale);
      if (!isInk(pad, fromRow, fromColumn)) continue;
      digit[Math.floor(row / block) * digitSide + Math.floor(column / block)] +=
        1 / (block * block);
    }
  }
  return digit;
}

/** Inks a round spot around a place. */
export function ink(pad: Uint8Array, row: number, column: number, radius = 1.6): void {
  const reach = Math.ceil(radius);
  for (let r = Math.floor(row) - reach; r <= row + reach; r++) {
    for (let c = Math.floor(column) - reach; c <= column + reach; c++) {
      const isNear = (r + 0.5 - row) ** 2 + (c + 0.5 - column) ** 2 <= radius ** 2;
      if (isNear && r >= 0 && c >= 0 && r < padSide && c < padSide) pad[r * padSide + c] = 1;
    }
  }
}

/** Inks a line from one place to another. */
export function inkLine(
  pad: Uint8Array,
  from: readonly [row: number, column: number],
  to: readonly [row: number, column: number],
): void {
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
  for (let k = 0; k <= steps; k++) {
    ink(pad, from[0] + ((to[0] - from[0]) * k) / steps, from[1] + ((to[1] - from[1]) * k) / steps);
  }
}

function isInk(pad: Uint8Array, row: number, column: number): boolean {
  return (
    row >= 0 &&
    column >= 0 &&
    row < padSide &&
    column < padSide &&
    pad[row * padSide + column] === 1
  );
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

function boxOf(pad: Uint8Array): Box | undefined {
  const inked = Array.from(pad.keys()).filter((k) => pad[k] === 1);
  if (inked.length === 0) return undefined;
  const rows = inked.map((k) => Math.floor(k / padSide));
  const columns = inked.map((k) => k % padSide);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { top, left, height: Math.max(...rows) - top + 1, width: Math.max(...columns) - left + 1 };
}
