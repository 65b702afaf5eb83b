"""The nine ways of 13-gradients.ts in PyTorch: gradient norms before training, accuracy after two epochs."""
import math, sys
import torch
from torch import nn
from run import mnist, predict

torch.set_num_threads(1)  # faster than two for so little work
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
depth, width, batch, rate = 20, 64, 64, 0.05
x, y, test_x, test_y = mnist()
x, test_x = x.flatten(1), test_x.flatten(1)


class Residual(nn.Module):
    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


def linear(size):
    layer = nn.Linear(width, width)
    nn.init.normal_(layer.weight, 0, size * math.sqrt(2 / width))
    nn.init.zeros_(layer.bias)
    return layer


ways = [
    ("sigmoid", lambda: nn.Sequential(linear(1), nn.Sigmoid()), None),
    ("  batch norm", lambda: nn.Sequential(linear(1), nn.BatchNorm1d(width), nn.Sigmoid()), None),
    ("  residual", lambda: Residual(linear(1), nn.Sigmoid()), None),
    ("ReLU, He", lambda: nn.Sequential(linear(1), nn.ReLU()), None),
    ("ReLU, a quarter", lambda: nn.Sequential(linear(1 / 4), nn.ReLU()), None),
    ("  residual", lambda: Residual(linear(1 / 4), nn.ReLU()), None),
    ("ReLU, a third more", lambda: nn.Sequential(linear(4 / 3), nn.ReLU()), None),
    ("  clipped at 1", lambda: nn.Sequential(linear(4 / 3), nn.ReLU()), 1),
    ("  batch norm", lambda: nn.Sequential(linear(4 / 3), nn.BatchNorm1d(width), nn.ReLU()), None),
]
for name, layer, clip in ways:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(784, width), *(layer() for _ in range(depth)), nn.Linear(width, 10))
    optimizer = torch.optim.SGD(model.parameters(), rate)
    norms, accuracy = None, "diverged"
    for rows in (rows for _ in range(2) for rows in torch.randperm(len(x)).split(batch)):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        if not math.isfinite(loss.item()):
            break
        optimizer.zero_grad()
        loss.backward()
        norms = norms or [p.grad.norm().item() for p in model.parameters() if p.dim() == 2]
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
    else:
        model.eval()
        accuracy = f"{100 * (predict(model, test_x).argmax(1) == test_y).float().mean().item():.1f} %"
    print(f"{name:20}  first {norms[0]:.3g}  middle {norms[10]:.3g}  last {norms[-1]:.3g}  {accuracy}", flush=True)
