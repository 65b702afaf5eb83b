"""The residual network of 07-residual-cnn.ts in PyTorch, with the same augmentation."""
import sys
import torch
from torch import nn
from run import fit, mnist, predict

torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
x, y, test_x, test_y = mnist("fashion-mnist")


class ShiftAndMirror(nn.Module):
    def forward(self, x):
        if not self.training:
            return x
        batch = len(x)
        start = torch.randint(0, 5, (2, batch, 1))
        rows = torch.arange(28) + start[0]
        columns = torch.arange(28)
        columns = torch.where(torch.rand(batch, 1) < 0.5, 27 - columns, columns) + start[1]
        padded = nn.functional.pad(x, (2, 2, 2, 2))
        return padded[torch.arange(batch)[:, None, None], 0, rows[:, :, None], columns[:, None, :]][:, None]


class Residual(nn.Module):
    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


def convolution(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


def block(channels):
    return [Residual(
        convolution(channels, channels), nn.BatchNorm2d(channels), nn.ReLU(),
        convolution(channels, channels), nn.BatchNorm2d(channels),
    ), nn.ReLU()]


model = nn.Sequential(
    ShiftAndMirror(),
    convolution(1, 32), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    *block(32),
    convolution(32, 64, 2), nn.BatchNorm2d(64), nn.ReLU(),
    *block(64),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
)


def report(epoch, loss, seconds):
    accuracy = (predict(model, test_x).argmax(1) == test_y).float().mean().item()
    print(f"{epoch:3}  loss {loss:.4f}  test accuracy {100 * accuracy:.2f} %  {seconds:.1f} s", flush=True)


optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
fit(model, x, y, nn.CrossEntropyLoss(), optimizer, 1e-2, 10, 64, report, up=0.2)
