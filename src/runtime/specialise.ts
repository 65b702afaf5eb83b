// A recording of a compiled function for one signature: its program, bound to state and constants, and how arguments
// and results pass through it.

import type { DType, HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { buildTree, flattenTree, sameTree, type TreeShape } from "../core/tree.ts";
import { argumentLeaf } from "../ir/argument.ts";
import { Recording } from "../ir/recording.ts";
import { Parameter, type Slot, trainingVersion } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { type DrawSource, recordInto } from "../ir/trace.ts";
import { constant } from "../ops/leaf.ts";
import type { Binding, BoundProgram, Device, ValueBinding } from "./device.ts";
import { type Extract, extract } from "./extract.ts";
import { elementsOfType, type FeedLeaf, type FeedType, isOfType, typeOfFeed } from "./feeds.ts";
import { currentObserver, type Job, type Observer } from "./observer.ts";
import { programFor } from "./programs.ts";

/** The function that is compiled. */
export type Body = (...args: unknown[]) => unknown;

/** One call: where it runs, the structure of its arguments, and their leaves. */
export interface Call {
  readonly device: Device;
  readonly shape: TreeShape;
  readonly feeds: readonly FeedLeaf[];
}

/** An argument of the program that takes the elements of one leaf of the arguments. */
interface Input {
  readonly type: FeedType;
  /** Undefined where the function does not use the leaf. */
  readonly binding: ValueBinding | undefined;
  /** Where a number is put. */
  readonly number: Float32Array;
}

interface Draw {
  readonly source: DrawSource;
  /** Undefined where nothing uses what is drawn; the draw is made all the same. */
  readonly binding: ValueBinding | undefined;
}

interface Output {
  readonly shape: Shape;
  readonly dtype: DType;
}

const nothing: HostArray = new Float32Array(0);

/** Everything that a recording found out. */
interface Recorded {
  readonly device: Device;
  readonly shape: TreeShape;
  readonly inputs: readonly Input[];
  readonly program: BoundProgram;
  /** Every random draw, in the order of the program. */
  readonly draws: readonly Draw[];
  readonly written: readonly Slot[];
  readonly outputs: readonly Output[];
  readonly results: readonly unknown[];
  readonly resultShape: TreeShape;
  /** Which parameters it reads were trained, and which frozen: its gradients are of the former. */
  readonly trained: ReadonlyMap<Parameter, boolean>;
  /** Kept for an observer, where there was one at the recording. */
  readonly job: Job | undefined;
}

/** A recorded signature. */
export class Specialisation {
  readonly #recorded: Recorded;
  /** Whether each argument is one leaf. */
  readonly #flat: boolean;
  /** When `trained` was found to be as recorded. */
  #training: number = trainingVersion();

  constructor(recorded: Recorded) {
    this.#recorded = recorded;
    const { shape } = recorded;
    this.#flat = shape.kind === "array" && shape.items.every((item) => item.kind === "leaf");
  }

  /** Takes over the arguments of a call; false where they are not of the recorded types, or not plainly so. */
  takesDirectly(device: Device, args: readonly unknown[]): boolean {
    const { inputs } = this.#recorded;
    if (!this.#flat || this.#recorded.device !== device || args.length !== inputs.length)
      return false;
    if (this.#training !== trainingVersion() || !this.#canBeObserved()) return false;
    for (let k = 0; k < inputs.length; k++) if (!takes(inputs[k], args[k])) return false;
    return true;
  }

  /** As `takesDirectly`, for arguments of any form. */
  takes({ device, shape, feeds }: Call): boolean {
    const { inputs } = this.#recorded;
    const fits =
      this.#recorded.device === device &&
      inputs.length === feeds.length &&
      inputs.every(({ type }, k) => isOfType(feeds[k], type)) &&
      sameTree(this.#recorded.shape, shape) &&
      this.#trainsTheSame() &&
      this.#canBeObserved();
    if (!fits) return false;
    inputs.forEach(({ binding }, k) => {
      const feed = feeds[k];
      if (binding !== undefined && feed.kind === "tensor") binding.value = feed.value();
    });
    return true;
  }

  /** Whether it has what an observer needs, if there is one. */
  #canBeObserved(): boolean {
    return currentObserver() === undefined || this.#recorded.job !== undefined;
  }

  /** Whether the parameters that were trained at the recording still are, and no others. */
  #trainsTheSame(): boolean {
    const now = trainingVersion();
    if (this.#training === now) return true;
    for (const [parameter, was] of this.#recorded.trained)
      if (parameter.trainable !== was) return false;
    this.#training = now;
    return true;
  }

  /** Runs so many times on the arguments taken last and gives the last result. */
  run(times: number): unknown {
    const { inputs, draws, program, written, job } = this.#recorded;
    const observer = currentObserver();
    if (observer !== undefined && job !== undefined) return this.#observed(observer, job, times);
    if (draws.length > 0) drawAll(draws);
    for (const slot of written) slot.retire();
    const values = program.run(times, draws.length > 0 ? () => drawAll(draws) : undefined);
    for (const { binding } of inputs) if (binding !== undefined) binding.value = nothing;
    return this.#result(values);
  }

  /** As `run`, step by step under the eyes of an observer. */
  #observed(observer: Observer, job: Job, times: number): unknown {
    const { inputs, draws, program, written } = this.#recorded;
    let values: readonly HostArray[] = [];
    for (let k = 0; k < times; k++) {
      drawAll(draws);
      values = observer.around(job, () => {
        for (const slot of written) slot.retire();
        return program.run(1);
      });
    }
    for (const { binding } of inputs) if (binding !== undefined) binding.value = nothing;
    return this.#result(values);
  }

  #result(values: readonly HostArray[]): unknown {
    const { outputs, results, resultShape } = this.#recorded;
    const tensors = outputs.map(({ shape, dtype }, k) => constant(values[k], shape, dtype));
    if (resultShape.kind === "leaf" && tensors.length === 1) return tensors[0];
    const leaves = results.map((leaf) =>
      leaf instanceof OutputIndex ? tensors[leaf.index] : leaf,
    );
    return buildTree(resultShape, leaves);
  }
}

function takes({ type, binding, number }: Input, arg: unknown): boolean {
  if (type.kind === "static") return typeof arg !== "number" && Object.is(arg, type.value);
  const elements = elementsOfType(arg, type);
  if (elements === undefined) return false;
  if (binding === undefined) return true;
  if (typeof elements === "number") {
    number[0] = elements;
    binding.value = number;
  } else binding.value = elements;
  return true;
}

function drawAll(draws: readonly Draw[]): void {
  for (const { source, binding } of draws) {
    const words = Int32Array.from(source.next());
    if (binding !== undefined) binding.value = words;
  }
}

/** Marks the place of an output tensor among the leaves of the result. */
class OutputIndex {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** Records the function for the signature of a call and prepares its program. */
export function specialise(f: Body, name: string, { device, shape, feeds }: Call): Specialisation {
  const recording = new Recording();
  const placeholders = feeds.map((feed) => (feed.kind === "tensor" ? argumentLeaf(feed) : null));
  const args = feeds.map((feed, k) => (feed.kind === "tensor" ? placeholders[k] : feed.value));
  const result = recordInto(recording, () => f(...(buildTree(shape, args) as unknown[])));
  refusePromise(name, result);
  const flat = flattenTree(result);
  const outputs: Tensor[] = [];
  const results = flat.leaves.map((leaf) => {
    if (!(leaf instanceof Tensor)) return leaf;
    outputs.push(recordInto(recording, () => leaf.node));
    return new OutputIndex(outputs.length - 1);
  });
  const values = new Map<Tensor, ValueBinding>();
  for (const leaf of [...placeholders, ...recording.draws.keys()])
    if (leaf !== null) values.set(leaf, { kind: "value", value: nothing });
  const { program, used, written, found, bindings } = prepare(
    device,
    recording,
    outputs,
    values,
    name,
  );
  const sources = [...recording.draws.values()];
  const observer = currentObserver();
  observer?.recorded?.(name, capturedBy(found, bindings));
  const bindingOf = (leaf: Tensor | null): ValueBinding | undefined =>
    leaf !== null && used.has(leaf) ? values.get(leaf) : undefined;
  return new Specialisation({
    device,
    shape,
    inputs: feeds.map((feed, k) => ({
      type: typeOfFeed(feed),
      binding: bindingOf(placeholders[k]),
      number: new Float32Array(1),
    })),
    program,
    draws: Array.from(recording.draws, ([leaf, source]) => ({ source, binding: bindingOf(leaf) })),
    written,
    outputs: outputs.map((tensor) => ({ shape: tensor.shape, dtype: tensor.dtype })),
    results,
    resultShape: flat.shape,
    trained: new Map(parametersOf(recording).map((p) => [p, p.trainable])),
    job: observer === undefined ? undefined : { name, found, bindings, sources },
  });
}

function parametersOf({ reads, writes }: Recording): Parameter[] {
  const owners = [...reads.keys(), ...writes.keys()].map(({ owner }) => owner);
  return owners.filter((owner) => owner instanceof Parameter);
}

/** The leaves that are constants of the recording. */
function capturedBy({ leaves }: Extract, bindings: readonly Binding[]): Tensor[] {
  return leaves.filter((_, k) => bindings[k].kind === "constant");
}

interface Prepared {
  readonly program: BoundProgram;
  readonly found: Extract;
  readonly bindings: readonly Binding[];
  /** The leaves that became arguments of the program. */
  readonly used: ReadonlySet<Tensor>;
  readonly written: readonly Slot[];
}

/** Finds or makes the program of a recording, and binds what its leaves stand for; `values` are those of each call. */
function prepare(
  device: Device,
  recording: Recording,
  outputs: readonly Tensor[],
  values: ReadonlyMap<Tensor, ValueBinding>,
  name: string,
): Prepared {
  const writes = [...recording.writes].map(([slot, value]) => ({ slot, value }));
  const own = new Set<Tensor>([...recording.reads.values(), ...values.keys()]);
  const isArgument = (tensor: Tensor): boolean => {
    if (tensor.value !== null || own.has(tensor)) return true;
    return tensor.slot?.standsAs(tensor) ?? false;
  };
  const found = extract(outputs, writes, isArgument, (leaf) => (own.has(leaf) ? leaf.slot : null));
  const bindings = [
    ...found.leaves.map((leaf): Binding => values.get(leaf) ?? captured(leaf, own)),
    ...found.unread.map((slot): Binding => ({ kind: "slot", slot })),
  ];
  return {
    program: programFor(device, found, name).bind(bindings),
    found,
    bindings,
    used: new Set(found.leaves),
    written: writes.map((write) => write.slot),
  };
}

/** State recorded in this trace is bound to its slot; a tensor made earlier keeps the value it has now. */
function captured(leaf: Tensor, own: ReadonlySet<Tensor>): Binding {
  if (leaf.value !== null) return { kind: "constant", value: leaf.value };
  const slot = leaf.slot!;
  return own.has(leaf) ? { kind: "slot", slot } : { kind: "constant", value: slot.fetch() };
}

/** Throws if a function gave a promise: it would be recorded only in part. */
export function refusePromise(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => {});
  throw new ChainruleError({
    code: "ASYNC_IN_TRACE",
    op: "compile",
    problem: `${name} is async: it returned a promise`,
    fix: "A compiled function is recorded synchronously; await data before the call and pass it as an argument.",
  });
}
