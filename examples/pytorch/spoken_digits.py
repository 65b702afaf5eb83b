"""The network of 19-spoken-digits.ts in PyTorch, with the same spectrograms and augmentation: python spoken_digits.py [seed]"""
import math, os, re, sys, wave
import numpy as np
import torch
from torch import nn
from run import fit, folder, predict

torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
length, n_fft, n_mels, rate = 8000, 256, 40, 8000


def recordings(first, last):
    sounds, digits = [], []
    for name in sorted(os.listdir(f"{folder}/fsdd/recordings")):
        if first <= int(re.search(r"_(\d+)\.wav$", name)[1]) <= last:
            with wave.open(f"{folder}/fsdd/recordings/{name}") as file:
                samples = np.frombuffer(file.readframes(length), np.int16) / 32768
            sounds.append(np.pad(samples, (0, length - len(samples))))
            digits.append(int(name[0]))
    return torch.tensor(np.array(sounds), dtype=torch.float32), torch.tensor(digits)


def filter_bank():
    """Weights [frequencies, mels] as in torchaudio.functional.melscale_fbanks."""
    top = 2595 * math.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (torch.linspace(0, top, n_mels + 2) / 2595) - 1)
    hertz = torch.linspace(0, rate / 2, n_fft // 2 + 1)[:, None]
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    return torch.minimum((hertz - left) / (middle - left), (right - hertz) / (right - middle)).clamp(min=0)


class ShiftAndNoise(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        start = torch.randint(0, 1601, (len(x), 1))
        shifted = nn.functional.pad(x, (800, 800)).gather(1, torch.arange(length) + start)
        return shifted + torch.randn_like(x) * torch.rand(len(x), 1) * 0.002


class MelPicture(nn.Module):
    def __init__(self):
        super().__init__()
        self.bank, self.window = filter_bank(), torch.hann_window(n_fft)

    def forward(self, x):
        spectrum = torch.stft(x, n_fft, 128, window=self.window, return_complex=True).abs() ** 2
        decibels = 10 * torch.log10((self.bank.T @ spectrum).clamp(min=1e-10))
        decibels = decibels.maximum(decibels.amax((1, 2), keepdim=True) - 60)
        return nn.functional.layer_norm(decibels, decibels.shape[1:])[:, None]


class HideBands(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        hidden = torch.zeros_like(x, dtype=torch.bool)
        for axis, widest in [(2, 8), (3, 12)]:
            size = x.shape[axis]
            width = torch.rand(len(x), 1, 1, 1) * widest
            start = torch.rand(len(x), 1, 1, 1) * (size - width)
            place = torch.arange(size).reshape([-1, 1] if axis == 2 else [-1]) - start
            hidden |= (place >= 0) & (place < width)
        return x.masked_fill(hidden, 0)


def block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]


model = nn.Sequential(
    ShiftAndNoise(), MelPicture(), HideBands(), *block(1, 16), *block(16, 32), *block(32, 64),
    nn.AdaptiveAvgPool2d((5, 1)), nn.Flatten(), nn.Dropout(0.2), nn.Linear(320, 10),
)
x, y = recordings(5, 9)
test_x, test_y = recordings(0, 4)


def report(epoch, loss, seconds):
    if epoch % 10 == 0:
        accuracy = (predict(model, test_x).argmax(1) == test_y).float().mean().item()
        print(f"{epoch:3}  loss {loss:.4f}  test accuracy {100 * accuracy:.2f} %  {seconds:.1f} s", flush=True)


optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
fit(model, x, y, nn.CrossEntropyLoss(), optimizer, 1e-2, 60, 30, report)
