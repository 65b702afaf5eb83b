// Checks the batches of an Arrow file against its bytes before flechette reads them: every buffer holds as many values as
// its column says, texts lie one after the other, places in dictionaries exist, and all that it becomes fits into a limit.
// Errors are plain ones with the reason. Source: Apache Arrow Columnar Format 1.5, "Physical Memory Layout".

import {
  type ArrowBatch,
  type ArrowContents,
  type ArrowField,
  type ArrowType,
  arrowContents,
} from "./arrow-messages.ts";
import { Budget } from "./budget.ts";

/** Unpacks a buffer by a codec of the format, to so many bytes. */
export type Unpack = (codec: number, packed: Uint8Array, bytes: number) => Uint8Array;

const [nothing, binary, text, largeBinary, largeText] = [1, 4, 5, 19, 20];
const [list, map, largeList, struct, fixedList] = [12, 17, 21, 13, 16];
const [binaryView, textView] = [23, 24];

/** Whether a column of this type has one value per record. */
export function isFlat({ type: { id, children } }: ArrowField): boolean {
  return children.length === 0 && ![list, map, largeList, struct, fixedList].includes(id);
}

/** Checks a file, and gives its columns. `maxBytes` bounds what it unpacks to, with 8 bytes for each value. */
export function checkArrow(
  bytes: Uint8Array,
  maxBytes: number,
  unpack: Unpack,
): readonly ArrowField[] {
  const contents = arrowContents(bytes);
  const budget = new Budget(maxBytes);
  const dictionaries = dictionarySizes(contents, budget, unpack);
  for (const batch of contents.records) {
    const walk = new Walk(batch, budget, unpack, dictionaries);
    for (const field of contents.fields) walk.check(field, batch.length);
  }
  return contents.fields;
}

/** How many values each dictionary has. */
function dictionarySizes(
  { fields, dictionaries }: ArrowContents,
  budget: Budget,
  unpack: Unpack,
): ReadonlyMap<number, number> {
  const types = new Map<number, ArrowField>();
  const visit = (field: ArrowField): void => {
    if (field.dictionary) types.set(field.dictionary.id, { ...field, dictionary: undefined });
    field.type.children.forEach(visit);
  };
  fields.forEach(visit);
  const sizes = new Map<number, number>();
  for (const batch of dictionaries) {
    const field = types.get(batch.id);
    if (field === undefined || !isFlat(field))
      throw new Error(`it has a dictionary ${batch.id}, which no column can have`);
    if (batch.added !== sizes.has(batch.id))
      throw new Error(`its dictionary ${batch.id} is ${batch.added ? "lacking" : "replaced"}`);
    new Walk(batch, budget, unpack, sizes).check(field, batch.length);
    sizes.set(batch.id, (sizes.get(batch.id) ?? 0) + batch.length);
  }
  return sizes;
}

/** Goes through the columns of a batch in their order, in which nodes and buffers lie too. */
class Walk {
  #node = 0;
  #region = 0;
  #view = 0;

  readonly batch: ArrowBatch;
  readonly budget: Budget;
  readonly unpack: Unpack;
  /** How many values each dictionary has. */
  readonly sizes: ReadonlyMap<number, number>;

  constructor(
    batch: ArrowBatch,
    budget: Budget,
    unpack: Unpack,
    sizes: ReadonlyMap<number, number>,
  ) {
    this.batch = batch;
    this.budget = budget;
    this.unpack = unpack;
    this.sizes = sizes;
  }

  /** Checks a column of so many values; those within lists have numbers of their own. */
  check({ name, type, dictionary }: ArrowField, length: number | undefined): void {
    const node = this.batch.nodes[this.#node++];
    if (node === undefined || node.nulls > node.length || (length ?? node.length) !== node.length)
      throw new Error(`column ${JSON.stringify(name)} has another length than its batch`);
    this.budget.take(8 * node.length);
    if (type.id === nothing && dictionary === undefined) return;
    const validity = this.#buffer();
    if (node.nulls > 0) atLeast(name, validity, node.length / 8);
    if (dictionary !== undefined) {
      const indices = this.#buffer();
      atLeast(name, indices, node.length * dictionary.indexBytes);
      const valid = (k: number): boolean =>
        node.nulls === 0 || ((validity[k >> 3] >> (k & 7)) & 1) === 1;
      const size = this.sizes.get(dictionary.id);
      if (size === undefined) throw new Error(`dictionary ${dictionary.id} is lacking`);
      checkIndices(name, indices, dictionary.indexBytes, node.length, size, valid);
    } else this.#values(name, type, node.length);
  }

  #values(name: string, type: ArrowType, length: number): void {
    const { id, bytes, children } = type;
    if (id === text || id === binary) this.#texts(name, length, 4);
    else if (id === largeText || id === largeBinary) this.#texts(name, length, 8);
    else if (id === textView || id === binaryView) this.#views(name, length);
    else if (id === list || id === map || id === largeList) this.#buffer();
    else if (id !== struct && id !== fixedList) {
      if (!(bytes > 0))
        throw new Error(`column ${JSON.stringify(name)} is of type ${id}, which is not read`);
      atLeast(name, this.#buffer(), length * bytes);
    }
    for (const child of children) this.check(child, undefined);
  }

  /** Texts lie one after the other, each from its offset to the next one's. */
  #texts(name: string, length: number, width: 4 | 8): void {
    const [offsets, texts] = [this.#buffer(), this.#buffer()];
    if (length === 0) return;
    atLeast(name, offsets, (length + 1) * width);
    const at = reader(offsets, width);
    let before = at(0);
    for (let k = 1; k <= length; k++) {
      const offset = at(k);
      if (!(before >= 0 && offset >= before && offset <= texts.length))
        throw new Error(`column ${JSON.stringify(name)}, text ${k - 1} lies outside of its bytes`);
      before = offset;
    }
    this.budget.take(before - at(0));
  }

  /** Each text is in its view, where it has up to 12 bytes, or in one of further buffers. */
  #views(name: string, length: number): void {
    const views = this.#buffer();
    atLeast(name, views, 16 * length);
    const count = this.batch.variadic[this.#view++] ?? 0;
    if (count > this.batch.regions.length) throw new Error("it has more buffers than it lists");
    const buffers = Array.from({ length: count }, () => this.#buffer());
    const view = viewOf(views);
    for (let at = 0; at < 16 * length; at += 16) {
      const size = view.getInt32(at, true);
      const inside =
        size <= 12 ||
        view.getUint32(at + 12, true) + size <=
          (buffers[view.getInt32(at + 8, true)]?.length ?? -1);
      if (size < 0 || !inside)
        throw new Error(
          `column ${JSON.stringify(name)}, text ${at / 16} lies outside of its bytes`,
        );
      this.budget.take(size);
    }
  }

  /** The next buffer, unpacked. */
  #buffer(): Uint8Array {
    const { regions, body, codec } = this.batch;
    const region = regions[this.#region++];
    if (region === undefined || region.offset + region.length > body.length)
      throw new Error("a buffer lies outside of its batch");
    const bytes = body.subarray(region.offset, region.offset + region.length);
    if (codec === undefined || bytes.length === 0) return bytes;
    if (bytes.length < 8) throw new Error("a packed buffer has no length");
    const size = viewOf(bytes).getBigInt64(0, true);
    if (size === -1n) return bytes.subarray(8); // it would not have become smaller
    if (size < 0n) throw new Error(`a packed buffer has ${size} bytes`);
    this.budget.take(Number(size));
    return this.unpack(codec, bytes.subarray(8), Number(size));
  }
}

function checkIndices(
  name: string,
  indices: Uint8Array,
  bytes: number,
  length: number,
  size: number,
  valid: (k: number) => boolean,
): void {
  const at = reader(indices, bytes);
  for (let k = 0; k < length; k++) {
    const index = at(k);
    if (valid(k) && !(index >= 0 && index < size))
      throw new Error(`column ${JSON.stringify(name)}, record ${k}: no value ${index} of ${size}`);
  }
}

/** Signed integers of a width; where they are unsigned, the largest are over every size as well. */
function reader(bytes: Uint8Array, width: number): (k: number) => number {
  const view = viewOf(bytes);
  if (width === 1) return (k) => view.getUint8(k);
  if (width === 2) return (k) => view.getUint16(2 * k, true);
  if (width === 4) return (k) => view.getInt32(4 * k, true);
  if (width === 8) return (k) => Number(view.getBigInt64(8 * k, true));
  throw new Error(`it has places of ${width} bytes`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function atLeast(name: string, bytes: Uint8Array, needed: number): void {
  if (bytes.length >= needed) return;
  throw new Error(
    `column ${JSON.stringify(name)} has ${bytes.length} bytes where its values take ${Math.ceil(needed)}`,
  );
}
