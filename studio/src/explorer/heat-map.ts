// A tensor as a picture: its last two axes are a tile, the axes before them a row of tiles; blue is positive, orange negative.
// Of large tensors the part around the chosen element is shown.

/** Which elements are shown, and where. Sizes are in elements, with a line between tiles. */
export interface Tiles {
  /** The elements shown: `count` from number `from` on. */
  readonly from: number;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly across: number;
  readonly width: number;
  readonly height: number;
  /** The element at a place of the picture, as shares of its width and height. */
  elementAt(x: number, y: number): number | undefined;
}

/** Elements of one picture. */
const most = 16_384;

/** Chooses the part of a tensor around an element. */
export function tilesOf(shape: readonly number[], element: number): Tiles {
  const [allRows, columns] = shape.length < 2 ? lineShape(shape[0] ?? 1) : shape.slice(-2);
  const rows = Math.max(1, Math.min(allRows, Math.floor(most / columns)));
  const size = shape.reduce((a, b) => a * b, 1);
  const tile = rows * columns;
  const isWhole = rows === allRows && tile * allRows > 0;
  const shownTiles = isWhole
    ? Math.max(1, Math.min(Math.ceil(size / tile), 16, Math.floor(most / tile)))
    : 1;
  const from = Math.floor(element / (tile * shownTiles)) * tile * shownTiles;
  const count = Math.min(tile * shownTiles, size - from);
  const across = acrossOf(Math.ceil(count / tile), rows, columns);
  const down = Math.ceil(Math.ceil(count / tile) / across);
  const [width, height] = [across * (columns + 1) - 1, down * (rows + 1) - 1];
  const elementAt = (x: number, y: number): number | undefined => {
    const [column, row] = [Math.floor(x * width), Math.floor(y * height)];
    const [c, r] = [column % (columns + 1), row % (rows + 1)];
    const k = Math.floor(row / (rows + 1)) * across + Math.floor(column / (columns + 1));
    const inside = k * tile + r * columns + c;
    return c < columns && r < rows && inside < count ? from + inside : undefined;
  };
  return { from, count, rows, columns, across, width, height, elementAt };
}

/** A vector stands in rows where it is long. */
function lineShape(length: number): [number, number] {
  const columns = length <= 40 ? length : Math.ceil(Math.sqrt(length * 2));
  return [Math.ceil(length / columns), columns];
}

/** Tiles in a row, so that the picture is about as high as it is wide. */
function acrossOf(tiles: number, rows: number, columns: number): number {
  return Math.max(1, Math.min(tiles, Math.round(Math.sqrt((tiles * rows) / columns))));
}

type Rgb = readonly [number, number, number];

/** Paints the elements, and a frame around the chosen one. */
export function paintTiles(
  canvas: HTMLCanvasElement,
  tiles: Tiles,
  data: ArrayLike<number>,
  { min, max }: { readonly min: number; readonly max: number },
  chosen: number,
): void {
  const { rows, columns, across, width, height, from, count } = tiles;
  const scale = Math.max(1, Math.min(24, Math.floor(616 / width)));
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const colour = (name: string): Rgb => rgbOf(style.getPropertyValue(name));
  const [paper, plus, minus] = [
    colour("background-color"),
    colour("color"),
    colour("outline-color"),
  ];
  const largest = Math.max(Math.abs(min), Math.abs(max), 1e-30);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const tile = rows * columns;
  const line = canvas.width / Math.max(1, canvas.clientWidth); // as wide as a pixel of the page
  // A tile of zeros has the paper's colour: a line around it says that it is there.
  context.fillStyle = mixed(paper, colour("border-top-color"), 0.16);
  for (let k = 0; k < count && count > tile; k += tile) {
    const [x, y] = cell(k, rows, columns, across);
    const [left, top] = [x * scale - line, y * scale - line];
    context.fillRect(left, top, columns * scale + 2 * line, rows * scale + 2 * line);
  }
  for (let k = 0; k < count; k++) {
    const [x, y] = cell(k, rows, columns, across);
    context.fillStyle = mixed(paper, data[k] < 0 ? minus : plus, Math.abs(data[k]) / largest);
    context.fillRect(x * scale, y * scale, scale, scale);
  }
  const [x, y] = cell(chosen - from, rows, columns, across);
  context.strokeStyle = style.getPropertyValue("border-top-color");
  context.lineWidth = 2 * line;
  context.strokeRect(x * scale - line, y * scale - line, scale + 2 * line, scale + 2 * line);
}

function cell(k: number, rows: number, columns: number, across: number): [x: number, y: number] {
  const tile = Math.floor(k / (rows * columns));
  const inside = k % (rows * columns);
  return [
    (tile % across) * (columns + 1) + (inside % columns),
    Math.floor(tile / across) * (rows + 1) + Math.floor(inside / columns),
  ];
}

/** `rgb(1, 2, 3)` as numbers. */
function rgbOf(text: string): Rgb {
  const [r = 128, g = 128, b = 128] = text.match(/[\d.]+/g)?.map(Number) ?? [];
  return [r, g, b];
}

function mixed(from: Rgb, to: Rgb, share: number): string {
  if (!Number.isFinite(share)) return "#c0f";
  const parts = from.map((value, k) => Math.round(value + (to[k] - value) * share));
  return `rgb(${parts.join(" ")})`;
}
