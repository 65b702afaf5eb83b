// Functions of sampled signals: windows, spectra over time, mel spectrograms.

export {
  type DecibelOptions,
  type MelOptions,
  type MelSpectrogramOptions,
  melFilterbank,
  melSpectrogram,
  mfcc,
  toDecibels,
} from "./mel.ts";
export {
  istft,
  type SpectrogramOptions,
  type StftOptions,
  spectrogram,
  stft,
} from "./stft.ts";
export { blackmanWindow, hammingWindow, hannWindow, type WindowOptions } from "./windows.ts";
