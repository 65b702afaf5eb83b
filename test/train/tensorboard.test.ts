// Event files of TensorBoard, read by another library with the published messages.

import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32c } from "../../src/formats/tfrecord.ts";
import { nn, seed } from "../../src/index.ts";
import { SummaryWriter } from "../../src/train/node.ts";
import {
  decode,
  readEvents,
  readRecords,
  type SeenValue,
  scalarsOf,
  shownEvents,
} from "./event-files.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "chainrule-events-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Writes with a writer and gives back the folder. */
function written(name: string, write: (writer: SummaryWriter) => void, purgeStep?: number): string {
  const folder = join(root, name);
  const writer = new SummaryWriter(folder, { purgeStep });
  write(writer);
  writer.close();
  return folder;
}

/** Records `factor · step` for some steps. */
function steps(writer: SummaryWriter, first: number, last: number, factor = 1): void {
  for (let step = first; step <= last; step++) writer.scalar("x", factor * step, step);
}

function onlyValue(folder: string, tag: string): SeenValue {
  const values = shownEvents(folder).flatMap(({ summary }) => summary?.value ?? []);
  return values.find((value) => value.tag === tag)!;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("records", () => {
  it("have the checksum of RFC 3720", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4: 32 bytes of zeroes
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });

  it("begin with the version of the format", () => {
    const [first] = readEvents(written("version", () => {}));
    expect(first.fileVersion).toBe("brain.Event:2");
  });

  it("are readable to the last whole one, wherever the file was cut", () => {
    const folder = written("cut", (w) => steps(w, 1, 3));
    const file = join(folder, readdirSync(folder)[0]);
    const whole = readFileSync(file);
    const length = (bytes: number): number => readRecords(whole.subarray(0, bytes)).length;
    expect(length(whole.length)).toBe(4);
    for (let bytes = whole.length - 1; bytes > whole.length - 30; bytes--)
      expect(length(bytes)).toBe(3);
  });
});

describe("SummaryWriter", () => {
  it("writes scalars, several of a step together", () => {
    const folder = written("scalars", (w) => {
      w.scalar("loss", 0.5, 1);
      w.scalars({ loss: 0.25, "größe/Ω": -1e10 }, 2 ** 40);
      w.scalar("loss", Number.NaN, 2 ** 40 + 1);
    });
    expect(scalarsOf(folder, "loss")).toEqual([
      [1, 0.5],
      [2 ** 40, 0.25],
      [2 ** 40 + 1, Number.NaN],
    ]);
    expect(scalarsOf(folder, "größe/Ω")).toEqual([[2 ** 40, -1e10]]);
    const [, event] = readEvents(folder);
    expect(Math.abs(event.wallTime - Date.now() / 1000)).toBeLessThan(600);
  });

  it("writes histograms as edges and counts", () => {
    const values = [0, 0.1, 0.9, 1, 1, 2, Number.NaN, Number.POSITIVE_INFINITY];
    const folder = written("histogram", (w) => w.histogram("h", values, 3, { buckets: 4 }));
    const { tensor, metadata } = onlyValue(folder, "h");
    expect(metadata!.pluginData.pluginName).toBe("histograms");
    expect(tensor!.dtype).toBe(2); // DT_DOUBLE
    expect(tensor!.tensorShape.dim.map(({ size }) => size)).toEqual([4, 3]);
    const { buffer, byteOffset } = Uint8Array.from(tensor!.tensorContent);
    expect(Array.from(new Float64Array(buffer, byteOffset, 12))).toEqual(
      [
        [0, 0.5, 2],
        [0.5, 1, 1],
        [1, 1.5, 2],
        [1.5, 2, 1],
      ].flat(),
    );
  });

  it("gives equal values one bucket, and none to nothing", () => {
    const folder = written("flat", (w) => {
      w.histogram("same", [3, 3], 1);
      w.histogram("none", [Number.NaN], 1);
    });
    const shape = (tag: string): number[] =>
      onlyValue(folder, tag).tensor!.tensorShape.dim.map(({ size }) => size);
    expect(shape("same")).toEqual([1, 3]);
    expect(shape("none")).toEqual([0, 3]);
  });

  it("writes images as PNG files that hold the pixels", () => {
    const data = Float32Array.of(0, 0.5, 1, 2, -1, Number.NaN);
    const folder = written("image", (w) =>
      w.image("i", { dtype: "float32", shape: [2, 3], data }, 1),
    );
    const { stringVal } = onlyValue(folder, "i").tensor!;
    expect([text(stringVal[0]), text(stringVal[1])]).toEqual(["3", "2"]);
    const png = Buffer.from(stringVal[2]);
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([3, 2, 8, 0]);
    const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
    expect([...rows]).toEqual([0, 0, 128, 255, 0, 255, 0, 0]); // a filter before each row
  });

  it("writes channels side by side, and several pictures", () => {
    const data = Int32Array.from({ length: 2 * 3 * 1 * 2 }, (_, k) => k);
    const folder = written("colour", (w) =>
      w.image("i", { dtype: "int32", shape: [2, 3, 1, 2], data }, 1),
    );
    const { stringVal } = onlyValue(folder, "i").tensor!;
    expect(stringVal).toHaveLength(4);
    const png = Buffer.from(stringVal[3]);
    const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
    expect([...rows]).toEqual([0, 6, 8, 10, 7, 9, 11]);
  });

  it("writes text, and settings with results", () => {
    const folder = written("text", (w) => {
      w.text("about", "# Über <b>", 2);
      w.hparams({ rate: 0.1, optimizer: "adam", clip: true }, [
        "loss",
        { tag: "loss", folder: "validation" },
      ]);
      w.ended(true);
    });
    const about = onlyValue(folder, "about");
    expect(text(about.tensor!.stringVal[0])).toBe("# Über <b>");
    expect(about.metadata!.pluginData.pluginName).toBe("text");
    const content = (tag: string): object =>
      decode(
        "HParamsPluginData",
        onlyValue(folder, `_hparams_/${tag}`).metadata!.pluginData.content,
      );
    expect(content("experiment")).toMatchObject({
      experiment: {
        hparamInfos: [
          { name: "rate", type: 3 },
          { name: "optimizer", type: 1 },
          { name: "clip", type: 2 },
        ],
        metricInfos: [{ name: { tag: "loss" } }, { name: { tag: "loss", group: "validation" } }],
      },
    });
    expect(content("session_start_info")).toMatchObject({
      sessionStartInfo: {
        hparams: {
          rate: { numberValue: 0.1 },
          optimizer: { stringValue: "adam" },
          clip: { boolValue: true },
        },
      },
    });
    expect(content("session_end_info")).toMatchObject({ sessionEndInfo: { status: 1 } });
  });

  it("writes the graph of a model by the paths of its layers", () => {
    seed(1);
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU());
    const folder = written("graph", (w) => w.graph(model, { shape: [2, 4] }));
    const { graphDef } = readEvents(folder).find(({ graphDef }) => graphDef.length > 0)!;
    const { node } = decode<{
      node: { name: string; op: string; input: string[]; attr: object }[];
    }>("GraphDef", graphDef);
    const names = node.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(node.find(({ name }) => name === "layers/0/weight")!.op).toBe("Parameter");
    expect(node.find(({ name }) => name === "input")!.op).toBe("Placeholder");
    const relu = node.find(({ name }) => name === "layers/1/relu")!;
    expect(relu.input[0]).toMatch(/^layers\/0\//);
    expect(relu.attr).toMatchObject({
      _output_shapes: { list: { shape: [{ dim: [{ size: 2 }, { size: 3 }] }] } },
    });
    for (const { input } of node) for (const name of input) expect(names).toContain(name);
    expect(node.at(-1)).toMatchObject({ name: "output", input: ["layers/1/relu"] });
  });

  it("goes on in a new file after a torn one, and shows no step twice", () => {
    const folder = written("again", (w) => steps(w, 1, 4));
    const [first] = readdirSync(folder);
    truncateSync(join(folder, first), readFileSync(join(folder, first)).length - 5);
    written("again", (w) => steps(w, 3, 4, 10), 3);
    expect(scalarsOf(folder, "x")).toEqual([
      [1, 1],
      [2, 2],
      [3, 30],
      [4, 40],
    ]);
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(2);
    expect(names[0]).toBe(first);
  });

  it("reads later than files that a clock ahead has named", () => {
    const folder = join(root, "ahead");
    written("ahead", () => {});
    const ahead = "events.out.tfevents.9000000000.host.1.0";
    appendFileSync(join(folder, ahead), "");
    written("ahead", (w) => w.scalar("x", 1, 1));
    expect(readdirSync(folder).sort().at(-1)).toMatch(/tfevents\.9000000001\./);
  });

  it("refuses what cannot be shown", () => {
    const writer = new SummaryWriter(join(root, "bad"));
    const bad = { code: "BAD_ARGUMENT" };
    const thrown = (act: () => unknown): unknown => {
      try {
        act();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(thrown(() => writer.scalar("", 1, 1))).toMatchObject(bad);
    expect(thrown(() => writer.scalar("x", 1, -1))).toMatchObject(bad);
    expect(thrown(() => writer.scalar("x", 1, 1.5))).toMatchObject(bad);
    expect(thrown(() => writer.scalar("x", "1" as never, 1))).toMatchObject(bad);
    expect(thrown(() => writer.histogram("x", [1], 1, { bins: 3 } as never))).toMatchObject(bad);
    expect(thrown(() => writer.histogram("x", [1], 1, { buckets: 0 }))).toMatchObject(bad);
    const wide = { dtype: "float32", shape: [2, 5, 5], data: new Float32Array(50) } as const;
    expect(thrown(() => writer.image("x", wide, 1))).toMatchObject({ code: "SHAPE_MISMATCH" });
    expect(thrown(() => new SummaryWriter(""))).toMatchObject(bad);
    expect(thrown(() => new SummaryWriter(root, { flush: 1 } as never))).toMatchObject(bad);
    writer.close();
    writer.close();
    writeFileSync(join(root, "file"), "");
    expect(thrown(() => new SummaryWriter(join(root, "file")))).toMatchObject({
      code: "WRITE_FAILED",
    });
  });
});
