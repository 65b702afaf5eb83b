"""The network of 12-steering.ts in PyTorch, on pictures drawn by the same rule as road.ts."""
import sys
import numpy as np
import torch
from torch import nn
from run import fit, predict

height, width, horizon, focal = 32, 64, 8, 40


def drive(count, seed):
    """Pictures [count, 1, 32, 64] and steering angles in degrees [count, 1]."""
    random = np.random.default_rng(seed)
    offset, heading, curvature = (random.uniform(-b, b, (count, 1, 1)) for b in (1.5, 0.15, 0.04))
    middle = lambda d: offset + heading * d + curvature * d**2 / 2
    angles = np.degrees(np.arctan(2 * 2.7 * middle(10) / (100 + middle(10) ** 2))).reshape(-1, 1)
    row, column = np.mgrid[0:height, 0:width]
    distance = 1.2 * focal / np.maximum(row - horizon + 0.5, 0.5)
    off = np.abs((column - width / 2 + 0.5) * distance / focal - middle(distance))
    ground = np.where((off < 0.15) & (distance % 6 < 3), 0.85, 0.55)
    ground = np.where(off > 3.2, 0.85, ground)
    ground = np.where(off > 3.5, 0.35, ground)
    shade = np.where(row < horizon, 0.9, ground)
    light, grain = random.uniform(0.6, 1, (count, 1, 1)), random.normal(0, 0.08, shade.shape)
    images = np.clip(light * shade + grain, 0, 1)[:, None]
    return torch.tensor(images, dtype=torch.float32), torch.tensor(angles, dtype=torch.float32)


seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
torch.manual_seed(seed)
(x, y), (test_x, test_y) = drive(8000, seed), drive(2000, seed + 1000)
model = nn.Sequential(
    nn.Conv2d(1, 16, 5, stride=2), nn.ReLU(),
    nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(),
    nn.Conv2d(32, 48, 3), nn.ReLU(),
    nn.Flatten(), nn.Linear(2304, 64), nn.ReLU(), nn.Linear(64, 1),
)


def report(epoch, loss, seconds):
    error = (predict(model, test_x) - test_y).abs().mean()
    print(f"{epoch:3}  test error {error:.3f}°  {seconds:.1f} s", flush=True)


print(f"straight on  {test_y.abs().mean():.3f}°")
fit(model, x, y, nn.MSELoss(), torch.optim.Adam(model.parameters()), 2e-3, 15, 64, report)
