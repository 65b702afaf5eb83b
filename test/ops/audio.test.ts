// Windows, short-time spectra and mel spectrograms, against PyTorch 2.x (and the formulas of torchaudio).

import { expect, test } from "vitest";
import type { Tensor } from "../../src/ir/tensor.ts";
import { framed, overlapped } from "../../src/ops/audio/frames.ts";
import {
  blackmanWindow,
  hammingWindow,
  hannWindow,
  istft,
  melFilterbank,
  melSpectrogram,
  mfcc,
  spectrogram,
  stft,
  toDecibels,
} from "../../src/ops/audio/index.ts";
import { constant, ones, tensor } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { gradientProblems } from "./differences.ts";
import { numbers } from "./run.ts";

const wasm = wasmDevice();
const float64 = { dtype: "float64" } as const;
const signal = constant(
  Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)),
  [12],
);
const window = hannWindow(4, float64);

function expectClose(got: Tensor, wanted: readonly number[], digits = 10): void {
  const values = numbers(got, wasm);
  expect(values.length).toBe(wanted.length);
  values.forEach((x, i) => {
    expect(x).toBeCloseTo(wanted[i], digits);
  });
}

test("windows", () => {
  expectClose(
    hannWindow(5, float64),
    [0, 0.345491502813, 0.904508497187, 0.904508497187, 0.345491502813],
  );
  expectClose(hammingWindow(5, { ...float64, periodic: false }), [0.08, 0.54, 1, 0.54, 0.08]);
  expectClose(
    blackmanWindow(5, float64),
    [0, 0.200770143263, 0.849229856737, 0.849229856737, 0.200770143263],
  );
  expectClose(hannWindow(1), [1]);
});

test("stft is PyTorch's, centred and not", () => {
  const spectra = stft(signal, { nFft: 4, hopLength: 2, window });
  expect(spectra.shape).toEqual([3, 7, 2]);
  expectClose(
    spectra,
    [
      0.841470984808, 0, 1.40059292326, 0, -1.16570462861, 0, -0.430384336171, 0, 1.5239107886, 0,
      -0.837956971544, 0, -0.837956971544, 0, 0, 0, -0.909297426826, -0.350175488374,
      0.756802495308, -0.550022141362, 0.279415498199, 0.807955436691, -0.989358246623,
      -0.122434056739, 0.544021110889, -0.706054345896, 0.544021110889, 0.706054345896,
      -0.841470984808, 0, 0.418001930392, 0, -0.347900362006, 0, -0.128446660227, 0, 0.454805704643,
      0, -0.250085250235, 0, -0.250085250235, 0,
    ],
  );
  expectClose(
    stft(signal, { nFft: 5, hopLength: 3, center: false, normalized: true }),
    [
      0.507625857446, 0, -0.535330622072, 0, 0.552320740659, 0, -0.368343700708, -0.88171369825,
      0.497352107338, 0.779939870209, -0.616406008159, -0.662555540363, 0.114530771985,
      -0.0934056759704, -0.0719098307983, 0.0826241113615, 0.0278496138593, -0.0701888246019,
    ],
  );
});

test("istft is PyTorch's, and the way back", () => {
  const options = { nFft: 4, hopLength: 2, window };
  const weights = constant(Float64Array.of(1, 2, 3, 4, 5, 6, 7), [7, 1]);
  expectClose(
    istft(stft(signal, options).mul(weights), options),
    [
      0, 1.26220647721, 1.81859485365, 0.35280002015, -2.27040748592, -3.35623496132, -1.1176619928,
      2.95643969423, 4.94679123312, 2.26665166883, -3.26412666534, -6.49993634258,
    ],
  );
  const odd = { nFft: 6, hopLength: 1, window: hannWindow(5, float64), normalized: true };
  const back = istft(stft(signal.reshape([2, 6]), odd), { ...odd, length: 6 });
  expectClose(back, numbers(signal));
});

test("frames and their sums", () => {
  const x = tensor([1, 2, 3, 4, 5]);
  expect(numbers(framed(x, 3, 2), wasm)).toEqual([1, 2, 3, 3, 4, 5]);
  expect(numbers(framed(x, 1, 3), wasm)).toEqual([1, 4]);
  expect(numbers(framed(x, 2, 3), wasm)).toEqual([1, 2, 4, 5]);
  expect(numbers(overlapped(framed(x, 3, 2), 2), wasm)).toEqual([1, 2, 6, 4, 5]);
  expect(numbers(overlapped(ones([2, 1]), 3), wasm)).toEqual([1, 0, 0, 1]);
});

test("a spectrogram shows a tone where it is", () => {
  const tone = Float32Array.from({ length: 1024 }, (_, i) => Math.sin((2 * Math.PI * 8 * i) / 64));
  const sizes = spectrogram(tensor(tone), { nFft: 64, power: 1 });
  expect(sizes.shape).toEqual([33, 65]);
  expect(
    numbers(sizes.argMax({ axis: 0 }), wasm)
      .slice(2, -2)
      .every((k) => k === 8),
  ).toBe(true);
  // A tone of size 1 under a Hann window: half the sum of the window, 16.
  expect(numbers(sizes, wasm)[8 * 65 + 30]).toBeCloseTo(16, 3);
});

test("mel filters rise and fall between neighbours' peaks", () => {
  const bank = melFilterbank(9, { sampleRate: 8000, nMels: 3 });
  // Peaks at 427, 1114 and 2220 Hz, corners at 0 and 4000 Hz; numbers by the formulas of torchaudio.
  expect(bank.shape).toEqual([9, 3]);
  expectClose(
    bank,
    [
      0, 0, 0, 0.8934592, 0.1065408, 0, 0.1656918, 0.8343082, 0, 0, 0.6508237, 0.3491763, 0,
      0.1987153, 0.8012847, 0, 0, 0.8425854, 0, 0, 0.5617236, 0, 0, 0.2808618, 0, 0, 0,
    ],
    5,
  );
  const flat = melFilterbank(2001, { nMels: 5, norm: "slaney" });
  expectClose(flat.sum({ axis: 0 }).mul(4), [1, 1, 1, 1, 1], 2);
});

test("mel spectrograms and their coefficients", () => {
  const noise = tensor(Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i * i)));
  const options = { sampleRate: 8000, nFft: 200, nMels: 24 };
  const mel = melSpectrogram(noise, options);
  expect(mel.shape).toEqual([24, 21]);
  const coefficients = mfcc(noise, { ...options, nMfcc: 13 });
  expect(coefficients.shape).toEqual([13, 21]);
  // The first coefficient is the sum over filters, over the root of their number.
  const sums = toDecibels(mel, { topDb: 80 }).sum({ axis: 0 }).div(Math.sqrt(24));
  expectClose(coefficients.select(0, 0), numbers(sums, wasm), 3);
  expectClose(toDecibels(tensor([100, 0, 1e-3]).reshape([1, 3]), { topDb: 40 }), [20, -20, -20], 4);
});

test.each<[string, (x: Tensor) => Tensor]>([
  ["stft", (x) => stft(x, { nFft: 4, hopLength: 3, window })],
  ["istft", (x) => istft(x.reshape([3, 2, 2]), { nFft: 4, hopLength: 3, window, center: false })],
  ["melSpectrogram", (x) => melSpectrogram(x, { nFft: 8, nMels: 3 })],
])("%s differentiates twice", (_name, f) => {
  expect(gradientProblems((x) => f(x.mul(x).add(0.3)), [signal])).toEqual([]);
});

test.each<[string, () => unknown, string]>([
  [
    "a signal of less than a frame",
    () => stft(signal, { nFft: 32, center: false }),
    "SHAPE_MISMATCH",
  ],
  [
    "a window longer than a frame",
    () => stft(signal, { nFft: 3, hopLength: 1, window }),
    "SHAPE_MISMATCH",
  ],
  ["no hop", () => stft(signal, { nFft: 4, hopLength: 0 }), "BAD_ARGUMENT"],
  ["spectra of other frames", () => istft(ones([4, 5, 2]), { nFft: 4 }), "SHAPE_MISMATCH"],
  ["an empty window", () => hannWindow(0), "BAD_ARGUMENT"],
  ["bands upside down", () => melFilterbank(9, { fMin: 400, fMax: 300 }), "BAD_ARGUMENT"],
  ["more coefficients than filters", () => mfcc(signal, { nMels: 8, nMfcc: 9 }), "BAD_ARGUMENT"],
])("refuses %s", (_name, call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
