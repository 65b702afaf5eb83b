// Event files, read back: one that the `tensorboard` package 2.21 wrote, in the forms of TensorFlow 1, 2 and PyTorch; those
// of this library; and all kinds of damage.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeEvents } from "../../src/formats/index.ts";
import * as frames from "../../src/formats/tfrecord.ts";
import { SummaryWriter } from "../../src/train/node.ts";
import { foreignEvents as foreign, foreignSettings } from "./foreign-events.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("decodeEvents", () => {
  it("reads what TensorBoard's own writer wrote, in old and new forms", () => {
    const { events, end, isSpoiled } = decodeEvents(foreign);
    expect(isSpoiled).toBe(false);
    expect(end).toBe(foreign.length);
    const at = (step: number, wallTime = 100.5) => ({ step, wallTime });
    const readable = events.map((event) => {
      if (event.kind === "images") return { ...event, files: event.files.map(text) };
      return event.kind === "histogram" ? { ...event, buckets: [...event.buckets] } : event;
    });
    expect(readable).toEqual([
      { ...at(1), kind: "scalar", tag: "loss", value: 0.5 },
      { ...at(1), kind: "scalar", tag: "lr", value: 0.125 },
      {
        ...at(2),
        kind: "histogram",
        tag: "weights",
        buckets: [-1, -0.5, 1, 0.5, 1.5, 2, 1.5, 2, 3],
      },
      { ...at(3), kind: "images", tag: "picture", files: ["PNG!"] },
      { ...at(4), kind: "scalar", tag: "accuracy", value: 0.75 },
      { ...at(5), kind: "scalar", tag: "again", value: 0.25 },
      { ...at(6), kind: "text", tag: "note", text: "hello **you**" },
      { ...at(7), kind: "histogram", tag: "buckets", buckets: [0, 1, 2, 1, 2, 3] },
      { ...at(8), kind: "images", tag: "pictures", files: ["ONE", "TWO"] },
      { ...at(6, 101), kind: "restart" },
    ]);
  });

  it("reads what SummaryWriter writes", () => {
    const folder = mkdtempSync(join(tmpdir(), "chainrule-events-"));
    const writer = new SummaryWriter(folder);
    writer.scalar("loss", 0.1, 7);
    writer.histogram("w", [0, 0, 1, 3], 8, { buckets: 3 });
    writer.text("note", "你好", 9);
    writer.close();
    const [name] = readdirSync(folder);
    const { events } = decodeEvents(readFileSync(join(folder, name)));
    rmSync(folder, { recursive: true });
    expect(events).toMatchObject([
      { kind: "scalar", tag: "loss", step: 7, value: Math.fround(0.1) },
      { kind: "histogram", tag: "w", step: 8 },
      { kind: "text", tag: "note", step: 9, text: "你好" },
    ]);
    const [, histogram] = events;
    expect(histogram.kind === "histogram" && [...histogram.buckets]).toEqual(
      [0, 1, 2, 1, 2, 1, 2, 3, 1], // left, right, count
    );
  });

  it("reads the settings that PyTorch's add_hparams writes, and those of SummaryWriter", () => {
    const found = decodeEvents(foreignSettings).events;
    const settings = { lr: 0.1, bs: 32, opt: "sgd", amp: 1 }; // PyTorch takes True for a number
    expect(found.find(({ kind }) => kind === "settings")).toMatchObject({ settings });
    expect(found.find(({ kind }) => kind === "scalar")).toMatchObject({ tag: "acc" });
    const folder = mkdtempSync(join(tmpdir(), "chainrule-events-"));
    const writer = new SummaryWriter(folder);
    writer.hparams({ rate: 0.5, name: "甲", fast: false }, [{ tag: "acc" }]);
    writer.close();
    const { events } = decodeEvents(readFileSync(join(folder, readdirSync(folder)[0])));
    rmSync(folder, { recursive: true });
    expect(events).toMatchObject([
      { kind: "settings", settings: { rate: 0.5, name: "甲", fast: false } },
    ]);
  });

  it("goes on where a growing file ended, at whatever byte that was", () => {
    const whole = decodeEvents(foreign).events;
    for (let cut = 0; cut <= foreign.length; cut += 7) {
      const first = decodeEvents(foreign.subarray(0, cut));
      expect(first.isSpoiled).toBe(false);
      const second = decodeEvents(foreign, first.end);
      expect([...first.events, ...second.events]).toEqual(whole);
    }
  });

  it("stops at a flipped bit, wherever it is, and never throws", () => {
    for (let k = 0; k < foreign.length; k++) {
      const damaged = Uint8Array.from(foreign);
      damaged[k] ^= 1 << (k % 8);
      const { end, isSpoiled } = decodeEvents(damaged);
      expect(isSpoiled).toBe(true);
      expect(end).toBeLessThanOrEqual(k);
    }
  });

  it("refuses what is no bytes", () => {
    expect(() => decodeEvents("runs/events.out" as never)).toThrow(/needs the file's bytes/);
  });

  it("passes over whole frames that hold no event", () => {
    const { frame, framingBytes } = frames;
    const nonsense = [
      [0xff],
      [0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x09, 1],
      Array(50).fill(0x2a),
    ];
    const parts = nonsense.map((data) => {
      const bytes = new Uint8Array(data.length + framingBytes);
      frame(Uint8Array.from(data), bytes, 0);
      return bytes;
    });
    const { events, isSpoiled } = decodeEvents(Buffer.concat([...parts, foreign]));
    expect(isSpoiled).toBe(false);
    expect(events.filter(({ kind }) => kind === "scalar")).toHaveLength(4);
  });
});
