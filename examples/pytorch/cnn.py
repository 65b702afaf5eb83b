"""The network of 06-cnn.ts in PyTorch: python cnn.py mnist | fashion-mnist [seed]"""
import sys
import torch
from torch import nn
from run import fit, mnist, predict

name = sys.argv[1] if len(sys.argv) > 1 else "mnist"
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
x, y, test_x, test_y = mnist(name)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
)


def report(epoch, loss, seconds):
    accuracy = (predict(model, test_x).argmax(1) == test_y).float().mean().item()
    print(f"{epoch:3}  loss {loss:.4f}  test accuracy {100 * accuracy:.2f} %  {seconds:.1f} s", flush=True)


optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.1)
fit(model, x, y, nn.CrossEntropyLoss(), optimizer, 3e-3, 5 if name == "mnist" else 10, 64, report, up=0.2)
