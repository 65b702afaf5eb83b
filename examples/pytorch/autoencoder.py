"""The autoencoder of 08-autoencoder.ts in PyTorch, and the error of 32 principal components."""
import sys
import torch
from torch import nn
from run import fit, mnist, predict

torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
x, _, test, _ = mnist()
x, test = x.flatten(1), test.flatten(1)
mean = x.mean(0)
print(f"mean image            {((test - mean) ** 2).mean():.5f}")
_, _, axes = torch.linalg.svd(torch.cov(x.T))
principal = (test - mean) @ axes[:32].T @ axes[:32] + mean
print(f"principal components  {((test - principal) ** 2).mean():.5f}")

model = nn.Sequential(
    nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 32),
    nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid(),
)


def report(epoch, loss, seconds):
    error = nn.functional.mse_loss(predict(model, test), test)
    print(f"{epoch:3}  error {loss:.5f}  test error {error:.5f}  {seconds:.1f} s", flush=True)


fit(model, x, x, nn.MSELoss(), torch.optim.Adam(model.parameters()), 3e-3, 10, 128, report)
