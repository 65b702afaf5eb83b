import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MnistPart, mnistFiles } from "../../src/data/index.ts";
import {
  cacheFolder,
  column,
  type DownloadProgress,
  fashionMnist,
  gather,
  mnist,
} from "../../src/data/node.ts";
import { sha256Of } from "../../src/data/node-download.ts";
import { refusal } from "../formats/damage.ts";

const parts = Object.keys(mnistFiles) as MnistPart[];
const variables = ["CHAINRULE_DATA", "CHAINRULE_CACHE", "CHAINRULE_DATA_URL", "XDG_CACHE_HOME"];
const environment = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-mnist-"));
  for (const name of variables) delete process.env[name];
  process.env.CHAINRULE_CACHE = join(folder, "cache");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Four small unpacked IDX files: 3 images to train, 2 to test, image i full of 10·i, label i. */
function fakeFiles(): Record<MnistPart, Uint8Array> {
  const header = (type: number[]) =>
    Uint8Array.from([0, 0, 8, type.length].concat(...type.map(be)));
  const be = (size: number) => [0, 0, size >> 8, size & 255];
  const images = (count: number) => {
    const pixels = Array.from({ length: count * 784 }, (_, i) => 10 * Math.floor(i / 784));
    return Uint8Array.from([...header([count, 28, 28]), ...pixels]);
  };
  const labels = (count: number) =>
    Uint8Array.from([...header([count]), ...Array.from({ length: count }, (_, i) => i)]);
  return {
    trainImages: images(3),
    trainLabels: labels(3),
    testImages: images(2),
    testLabels: labels(2),
  };
}

function packedFiles(): Record<MnistPart, Uint8Array> {
  const packed = parts.map((part) => [part, new Uint8Array(gzipSync(fakeFiles()[part]))]);
  return Object.fromEntries(packed) as Record<MnistPart, Uint8Array>;
}

function writeFiles(place: string, files: Partial<Record<MnistPart, Uint8Array>>): void {
  mkdirSync(place, { recursive: true });
  for (const [part, bytes] of Object.entries(files)) {
    const name = mnistFiles[part as MnistPart];
    writeFileSync(join(place, bytes[0] === 0x1f ? name : name.replace(".gz", "")), bytes);
  }
}

describe("from a folder", () => {
  test("packed files, in the folder or in a folder of the data set's name", async () => {
    writeFiles(join(folder, "a"), packedFiles());
    writeFiles(join(folder, "b", "fashion-mnist"), packedFiles());
    const digits = await mnist({ dataDir: join(folder, "a") });
    expect([digits.name, digits.train.size, digits.test.size]).toEqual(["mnist", 3, 2]);
    expect(digits.imageShape).toEqual([1, 28, 28]);
    const { images, labels } = gather(digits.train, [2, 0]);
    expect(images).toMatchObject({ dtype: "float32", shape: [2, 784] });
    expect([images.data[0], images.data[784]]).toEqual([Math.fround(20 / 255), 0]);
    expect(labels).toEqual({ dtype: "int32", shape: [2], data: Int32Array.of(2, 0) });
    process.env.CHAINRULE_DATA = join(folder, "b");
    const clothes = await fashionMnist({ flat: false });
    expect(clothes.classes[9]).toBe("Ankle boot");
    expect(column(clothes.test, "images").shape).toEqual([2, 1, 28, 28]);
  });

  test("plain files", async () => {
    writeFiles(folder, fakeFiles());
    expect((await mnist({ dataDir: folder })).train.size).toBe(3);
  });

  test("a missing folder, a file in its place and missing files are named, with what to do", async () => {
    const absent = await refusal(() => mnist({ dataDir: join(folder, "no") }));
    expect(absent.code).toBe("MISSING_FILE");
    expect(absent.message).toMatch(/data folder .*no does not exist.*--data-dir.*train digits/);
    writeFileSync(join(folder, "file"), "");
    const file = await refusal(() => mnist({ dataDir: join(folder, "file") }));
    expect(file.message).toMatch(/is a file/);
    const { trainImages, testLabels } = packedFiles();
    writeFiles(folder, { trainImages, testLabels });
    const incomplete = await refusal(() => mnist({ dataDir: folder }));
    expect(incomplete.code).toBe("MISSING_FILE");
    expect(incomplete.message).toContain(
      `${folder} lacks train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz`,
    );
    expect(incomplete.message).toContain(`${join(folder, "mnist")} does not exist`);
  });

  test.each<[string, (files: Record<MnistPart, Uint8Array>) => void, RegExp]>([
    ["truncated gzip", (f) => cut(f, "trainImages", 40), /train-images.*truncated or damaged/],
    [
      "truncated IDX",
      (f) => repack(f, "testImages", (b) => b.subarray(0, 800)),
      /t10k-images.*trunc/,
    ],
    ["empty file", (f) => cut(f, "trainLabels", 0), /train-labels.*truncated: it has 0 bytes/],
    [
      "swapped files",
      (f) => swap(f),
      /train-images.*holds uint8 \[3\], needed uint8 \[N, 28, 28\]/,
    ],
    [
      "other count",
      (f) => repack(f, "testLabels", () => fakeFiles().trainLabels),
      /needed uint8 \[2\]/,
    ],
    ["label 77", (f) => repack(f, "testLabels", (b) => b.with(9, 77)), /label 77 for image 1/],
  ])("a wrong file is refused by name: %s", async (_, spoil, text) => {
    const files = packedFiles();
    spoil(files);
    mkdirSync(join(folder, "data"));
    for (const part of parts) writeFileSync(join(folder, "data", mnistFiles[part]), files[part]);
    const error = await refusal(() => mnist({ dataDir: join(folder, "data") }));
    expect(error.code).toBe("BAD_FILE");
    expect(error.message).toMatch(text);
  });
});

function cut(files: Record<MnistPart, Uint8Array>, part: MnistPart, length: number): void {
  files[part] = files[part].subarray(0, length);
}

function repack(
  files: Record<MnistPart, Uint8Array>,
  part: MnistPart,
  change: (bytes: Uint8Array) => Uint8Array,
): void {
  files[part] = new Uint8Array(gzipSync(change(fakeFiles()[part])));
}

function swap(files: Record<MnistPart, Uint8Array>): void {
  [files.trainImages, files.trainLabels] = [files.trainLabels, files.trainImages];
}

describe("by download", () => {
  let server: Server;
  let requests: string[] = [];
  /** What the server does with a path; undefined: send the file. */
  let answer: (path: string) => "cut" | "hang up" | number | undefined = () => undefined;
  const files = packedFiles();
  const byName = new Map(parts.map((part) => [mnistFiles[part], files[part]]));
  const checksums = Object.fromEntries(parts.map((part) => [part, sha256Of(files[part])]));

  beforeEach(async () => {
    requests = [];
    answer = () => undefined;
    server = createServer((request, response) => {
      const path = request.url ?? "";
      requests.push(path);
      const bytes = byName.get(path.split("/").at(-1)!)!;
      const wanted = answer(path);
      if (wanted === "hang up") return void response.destroy();
      if (typeof wanted === "number") return void response.writeHead(wanted).end();
      response.writeHead(200, { "content-length": bytes.length });
      if (wanted === undefined) return void response.end(bytes);
      response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const load = (options = {}) => mnist({ baseUrl: address(), checksums, ...options });
  const cached = () =>
    existsSync(join(folder, "cache")) ? readdirSync(join(folder, "cache/mnist")) : [];

  test("fills the cache once, with progress, and then needs no server", async () => {
    const seen: DownloadProgress[] = [];
    const first = await load({ onProgress: (progress: DownloadProgress) => seen.push(progress) });
    expect(first.train.size).toBe(3);
    expect(requests).toEqual(parts.map((part) => `/mnist/${mnistFiles[part]}`));
    expect(cached().sort()).toEqual(Object.values(mnistFiles).sort());
    const last = seen.findLast(({ file }) => file === mnistFiles.trainImages);
    const size = files.trainImages.length;
    expect(last).toMatchObject({ receivedBytes: size, totalBytes: size });
    await load({ download: false });
    expect(requests.length).toBe(4);
  });

  test("takes the address from CHAINRULE_DATA_URL, with or without a folder per data set", async () => {
    process.env.CHAINRULE_DATA_URL = `${address()}/mirror/`;
    answer = (path) => (path.startsWith("/mirror/fashion-mnist/") ? 404 : undefined);
    const cacheDir = join(folder, "elsewhere");
    expect((await fashionMnist({ checksums, cacheDir })).test.size).toBe(2);
    expect(requests[1]).toBe("/mirror/train-images-idx3-ubyte.gz");
    expect(readdirSync(join(cacheDir, "fashion-mnist")).length).toBe(4);
  });

  test("a wrong checksum is refused and nothing is written", async () => {
    const error = await refusal(() => load({ checksums: {} }));
    expect(error.code).toBe("DOWNLOAD");
    expect(error.message).toContain(`SHA-256 ${checksums.trainImages}, needed 440fcabf73cc`);
    expect(error.message).toMatch(/--data-dir/);
    expect(cached()).toEqual([]);
  });

  test.each([404, 403, 500])("answer %i is reported with the address", async (status) => {
    answer = () => status;
    const error = await refusal(load);
    expect(error.code).toBe("DOWNLOAD");
    expect(error.message).toContain(
      `${address()}/mnist/train-images-idx3-ubyte.gz answered ${status}`,
    );
    expect(requests.length).toBe(status === 500 ? 1 : 2);
    expect(cached()).toEqual([]);
  });

  test("a connection cut half way leaves nothing half-written, and the next try goes on", async () => {
    answer = (path) => (path.endsWith(mnistFiles.testImages) ? "cut" : undefined);
    const error = await refusal(load);
    expect(error.code).toBe("DOWNLOAD");
    const { length } = files.testImages;
    expect(error.message).toContain(`broke after ${length >> 1} of ${length} bytes`);
    expect(cached().sort()).toEqual([mnistFiles.trainImages, mnistFiles.trainLabels].sort());
    answer = () => undefined;
    requests = [];
    expect((await load()).test.size).toBe(2);
    expect(requests.map((path) => path.split("/").at(-1))).toEqual([
      mnistFiles.testImages,
      mnistFiles.testLabels,
    ]);
  });

  test("no answer, a closed port and a bad address are DOWNLOAD errors", async () => {
    answer = () => "hang up";
    expect((await refusal(load)).message).toMatch(/no answer from http:/);
    const port = (server.address() as AddressInfo).port;
    const closed = await refusal(() => load({ baseUrl: `http://127.0.0.1:${port === 1 ? 2 : 1}` }));
    expect(closed.code).toBe("DOWNLOAD");
    expect((await refusal(() => load({ baseUrl: "nonsense" }))).message).toMatch(
      /no answer from nonse/,
    );
  });

  test("a damaged file in the cache is replaced, or named when downloading is off", async () => {
    await load();
    const path = join(folder, "cache/mnist", mnistFiles.trainLabels);
    writeFileSync(path, "damaged");
    const error = await refusal(() => load({ download: false }));
    expect(error.code).toBe("MISSING_FILE");
    expect(error.message).toContain(`${path} is damaged (wrong checksum)`);
    requests = [];
    await load();
    expect(requests).toEqual([`/mnist/${mnistFiles.trainLabels}`]);
  });

  test("an empty cache with downloading off is named", async () => {
    const error = await refusal(() => load({ download: false }));
    expect(error.code).toBe("MISSING_FILE");
    expect(error.message).toMatch(/downloading is off.*train-images-idx3-ubyte\.gz does not exist/);
  });

  test("a cache that cannot be written is named", async () => {
    writeFileSync(join(folder, "cache"), "a file");
    const error = await refusal(load);
    expect(error.code).toBe("WRITE_FAILED");
    expect(error.message).toContain(join(folder, "cache/mnist"));
  });
});

test("the cache folder follows CHAINRULE_CACHE, XDG_CACHE_HOME and the home folder", () => {
  expect(cacheFolder()).toBe(join(folder, "cache"));
  delete process.env.CHAINRULE_CACHE;
  process.env.XDG_CACHE_HOME = folder;
  expect(cacheFolder()).toBe(join(folder, "chainrule"));
  delete process.env.XDG_CACHE_HOME;
  expect(cacheFolder()).toMatch(/[\\/]\.cache[\\/]chainrule$/);
});

const shared = join(process.env.CHAINRULE_SHARED ?? "../shared", "data");

describe.skipIf(!existsSync(join(shared, "mnist")))(
  "real files (skipped without shared data)",
  () => {
    const histogram = (labels: Iterable<number>) => {
      const counts = new Array<number>(10).fill(0);
      for (const label of labels) counts[label]++;
      return counts;
    };

    test("MNIST has its published size, classes and mean", async () => {
      const { train, test: held } = await mnist({ dataDir: shared });
      expect([train.size, held.size]).toEqual([60_000, 10_000]);
      expect(histogram(column(train, "labels").data)).toEqual([
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
      ]);
      expect(histogram(column(held, "labels").data)).toEqual([
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
      ]);
      const pixels = column(held, "images").data;
      expect(pixels.length).toBe(10_000 * 784);
      let sum = 0;
      for (const pixel of pixels) sum += pixel;
      expect(sum / pixels.length).toBeCloseTo(0.1325, 4);
      expect(Array.from(gather(held, [0]).labels.data)).toEqual([7]);
    });

    test("Fashion-MNIST is found next to it; MNIST's folder is not taken for it", async () => {
      const { train } = await fashionMnist({ dataDir: shared });
      expect(histogram(column(train, "labels").data)).toEqual(new Array(10).fill(6000));
      const error = await refusal(() => fashionMnist({ dataDir: join(shared, "mnist") }));
      expect(error.code).toBe("BAD_FILE");
      expect(error.message).toMatch(/are mnist, not fashion-mnist/);
    });

    test("the published checksums are those of the files", async () => {
      const cacheDir = join(folder, "copy");
      mkdirSync(cacheDir);
      for (const name of ["mnist", "fashion-mnist"]) {
        symlinkSync(resolve(shared, name), join(cacheDir, name));
      }
      expect((await mnist({ cacheDir, download: false })).train.size).toBe(60_000);
      expect((await fashionMnist({ cacheDir, download: false })).test.size).toBe(10_000);
    });
  },
);
