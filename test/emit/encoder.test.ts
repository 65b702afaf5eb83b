import { describe, expect, test } from "vitest";
import { ModuleBuilder } from "../../src/compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, ValueType } from "../../src/compiler/4-emit/wasm/function.ts";
import { opcodeNames } from "../../src/compiler/4-emit/wasm/opcodes.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";

type Run = (...args: number[]) => number;

function compile(
  parameters: readonly ValueType[],
  result: ValueType,
  body: (f: FunctionBuilder) => void,
): Run {
  const module = new ModuleBuilder();
  module.export("run", module.function(parameters, [result], body));
  const bytes = module.encode() as BufferSource;
  expect(WebAssembly.validate(bytes)).toBe(true);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.run as Run;
}

describe("numbers", () => {
  test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    "the constant %i",
    (value) => {
      expect(compile([], "i32", (f) => f.i32(value))()).toBe(value);
      expect(compile([], "i32", (f) => f.i64(value).op("i32.wrap_i64"))()).toBe(value);
    },
  );

  test("floats and vectors", () => {
    expect(compile([], "f64", (f) => f.f64(0.1))()).toBe(0.1);
    expect(compile([], "f32", (f) => f.f32(0.1))()).toBe(Math.fround(0.1));
    const lane = (f: FunctionBuilder): unknown =>
      f.f32x4(1, 2, 3, 4).f32x4(5, 6, 7, 8).shuffle(3, 4, 0, 6).lane("f32x4.extract_lane", 3);
    expect(compile([], "f32", lane)()).toBe(7);
    const negativeZero = compile([], "f32", (f) => {
      f.get(f.splat("f32", 0)).op("drop").get(f.splat("f32", -0)).lane("f32x4.extract_lane", 1);
    });
    expect(Object.is(negativeZero(), -0)).toBe(true);
  });
});

describe("control", () => {
  test("a counted loop with a local of each type", () => {
    const run = compile(["i32"], "f64", (f) => {
      const locals = (["i32", "f64", "v128", "i32", "i64", "f32"] as const).map((t) => f.local(t));
      f.repeat(0, "local", () => f.get(locals[1]).f64(1.5).op("f64.add").set(locals[1]));
      f.get(locals[1]);
    });
    expect(run(4)).toBe(6);
  });

  test("branches out of nested blocks", () => {
    const run = compile(["i32"], "i32", (f) => {
      const result = f.local("i32");
      f.block((outer) => {
        f.block((middle) => {
          f.block((inner) => f.get(0).brTable([inner, middle, outer]));
          f.i32(10).set(result).br(outer);
        });
        f.i32(20).set(result);
      });
      f.get(result);
    });
    expect([0, 1, 2, 9].map((choice) => run(choice))).toEqual([10, 20, 0, 0]);
  });

  test("both arms of an if", () => {
    const run = compile(["i32"], "i32", (f) => {
      f.get(0).if(
        () => f.i32(7),
        () => f.i32(300),
        "i32",
      );
    });
    expect([run(1), run(0)]).toEqual([7, 300]);
  });
});

describe("modules", () => {
  test("import memory and functions, and export several", () => {
    const module = new ModuleBuilder();
    module.importMemory("env", "memory", { initial: 1, maximum: 2 });
    const twice = module.importFunction("js", "twice", ["f64"], ["f64"]);
    const store = module.function(["i32", "f64"], [], (f) => {
      f.get(0).get(1).call(twice).memory("f64.store", 16);
    });
    const load = module.function(["i32"], ["f64"], (f) => f.get(0).memory("f64.load", 16));
    module.export("store", store);
    module.export("load", load);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const imports = { env: { memory }, js: { twice: (x: number) => 2 * x } };
    const compiled = new WebAssembly.Module(module.encode() as BufferSource);
    const exports = new WebAssembly.Instance(compiled, imports).exports as Record<string, Run>;
    exports.store(8, 21);
    expect(exports.load(8)).toBe(42);
    expect(new Float64Array(memory.buffer)[3]).toBe(42);
  });

  test("choose a function by its place in the table", () => {
    const module = new ModuleBuilder();
    const unit = module.importGlobal("env", "unit", "i32");
    const functions = [1, 100].map((factor) =>
      module.function(["i32"], ["i32"], (f) =>
        f.get(0).global(unit).op("i32.mul").i32(factor).op("i32.mul"),
      ),
    );
    module.table(functions);
    const type = module.type(["i32"], ["i32"]);
    const choose = module.function(["i32", "i32"], ["i32"], (f) =>
      f.get(0).get(1).callIndirect(type),
    );
    module.export("choose", choose);
    const compiled = new WebAssembly.Module(module.encode() as BufferSource);
    const { exports } = new WebAssembly.Instance(compiled, { env: { unit: 3 } });
    const run = exports.choose as Run;
    expect([run(7, 0), run(7, 1)]).toEqual([21, 2100]);
    expect(() => run(7, 2)).toThrow();
  });

  test("atomic instructions on shared memory", () => {
    const module = new ModuleBuilder();
    module.importMemory("env", "memory", { initial: 1, maximum: 1 }, true);
    const index = module.function(["i32"], ["i32"], (f) => {
      f.get(0).i32(40).atomic("i32.atomic.store", 16);
      f.get(0).i32(2).atomic("i32.atomic.rmw.add", 16).op("drop");
      f.get(0).i64(7).i64(9).atomic("i64.atomic.rmw.cmpxchg", 24).op("drop");
      f.get(0).i64(0).i64(5).atomic("i64.atomic.rmw.cmpxchg", 24).op("drop");
      f.get(0).i32(1).atomic("memory.atomic.notify", 16).op("drop");
      f.get(0).atomic("i32.atomic.load", 16);
      f.get(0).atomic("i64.atomic.load", 24).op("i32.wrap_i64").op("i32.add");
    });
    module.export("run", index);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const compiled = new WebAssembly.Module(module.encode() as BufferSource);
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    expect((exports.run as Run)(64)).toBe(47);
    const waiting = new ModuleBuilder();
    waiting.importMemory("env", "memory", { initial: 1, maximum: 1 }, true);
    const wait = waiting.function(["i32", "i32", "i32"], ["i32"], (f) => {
      f.get(0).get(1).get(2).op("i64.extend_i32_s").atomic("memory.atomic.wait32", 16);
    });
    waiting.export("wait", wait);
    const other = new WebAssembly.Module(waiting.encode() as BufferSource);
    const waits = new WebAssembly.Instance(other, { env: { memory } }).exports.wait as Run;
    const [anotherValue, timeRanOut] = [1, 2];
    expect([waits(64, 41, -1), waits(64, 42, 1000)]).toEqual([anotherValue, timeRanOut]);
  });

  test("a function longer than the first buffer", () => {
    const run = compile([], "i32", (f) => {
      f.i32(0);
      for (let i = 0; i < 1000; i++) f.i32(i).op("i32.add");
    });
    expect(run()).toBe(499_500);
  });

  test("an unknown instruction is an error", () => {
    expect(() => compile([], "i32", (f) => f.op("i32.plus"))).toThrow(/no instruction i32.plus/);
  });
});

test("each arithmetic instruction takes and gives what its name says", () => {
  wasmFeatures();
  const module = new ModuleBuilder();
  let checked = 0;
  for (const name of opcodeNames()) {
    const shape = signatureOf(name);
    if (shape === undefined) continue;
    checked++;
    module.function(shape.operands, [shape.result], (f) => {
      for (let i = 0; i < shape.operands.length; i++) f.get(i);
      f.op(name);
    });
  }
  expect(checked).toBeGreaterThan(190);
  const compiled = (): WebAssembly.Module =>
    new WebAssembly.Module(module.encode() as BufferSource);
  if (wasmFeatures().relaxedSimd) expect(compiled).not.toThrow();
});

/** Operand and result types by the naming rules of the specification. */
function signatureOf(
  name: string,
): { operands: readonly ValueType[]; result: ValueType } | undefined {
  const [prefix, verb = ""] = name.split(".");
  if (verb === "" || /load|store|lane|const|shuffle|atomic/.test(verb)) return undefined;
  const isVector = /x\d+$|^v128$/.test(prefix);
  const own = (isVector ? "v128" : prefix) as ValueType;
  const source = /_(i32|i64|f32|f64)(_|$)/.exec(verb)?.[1] as ValueType | undefined;
  const lane: Record<string, ValueType> = { i64: "i64", f32: "f32", f64: "f64" };
  const laneType = lane[prefix.slice(0, 3)] ?? "i32";
  if (isVector && verb === "splat") return { operands: [laneType], result: "v128" };
  if (isVector && /any_true|all_true|bitmask/.test(verb)) return { operands: [own], result: "i32" };
  if (isVector && /^shl|^shr/.test(verb)) return { operands: [own, "i32"], result: own };
  if (/relaxed_n?madd|bitselect/.test(verb)) return { operands: [own, own, own], result: own };
  if (!isVector && source !== undefined) return { operands: [source], result: own };
  if (verb === "eqz") return { operands: [own], result: "i32" };
  const one = /^(abs|neg|ceil|floor|trunc|nearest|sqrt|clz|ctz|popcnt|not|promote|demote|convert)/;
  if (one.test(verb)) return { operands: [own], result: own };
  const compares = /^(eq|ne|lt|gt|le|ge)(_|$)/.test(verb) && !isVector;
  return { operands: [own, own], result: compares ? "i32" : own };
}
