"""The regression of 09-tabular-regression.ts in PyTorch, and least squares on the same columns."""
import csv, gzip, sys
import numpy as np
import torch
from torch import nn
from run import fit, folder, predict

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
torch.manual_seed(seed)
with gzip.open(f"{folder}/tabular/california_housing.csv.gz", "rt") as file:
    rows = list(csv.DictReader(file))
titles = [title for title in rows[0] if title not in ("median_house_value", "ocean_proximity")]
columns = {title: np.array([float(row[title] or "nan") for row in rows]) for title in titles}
for title in ["total_rooms", "total_bedrooms", "population", "households", "median_income"]:
    columns[title] = np.log(columns[title])
for name in sorted({row["ocean_proximity"] for row in rows}):
    columns[name] = np.array([float(row["ocean_proximity"] == name) for row in rows])
features = np.stack(list(columns.values()), 1)
prices = np.array([float(row["median_house_value"]) / 1e5 for row in rows])

order = np.random.default_rng(seed).permutation(len(rows))
test, train = order[: len(rows) // 5], order[len(rows) // 5 :]
features = (features - np.nanmean(features[train], 0)) / np.nanstd(features[train], 0)
features = np.nan_to_num(features)
weights, *_ = np.linalg.lstsq(np.c_[features[train], np.ones(len(train))], prices[train], rcond=None)
residual = np.c_[features[test], np.ones(len(test))] @ weights - prices[test]
print(f"least squares  error {1e5 * np.sqrt((residual**2).mean()):.0f} $  R² {1 - (residual**2).mean() / prices[test].var():.4f}")

x = torch.tensor(features, dtype=torch.float32)
y = torch.tensor(prices, dtype=torch.float32)[:, None]
model = nn.Sequential(nn.Linear(x.shape[1], 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))


def report(epoch, loss, seconds):
    if epoch % 10 == 0:
        squares = nn.functional.mse_loss(predict(model, x[test]), y[test]).item()
        r2 = 1 - squares / prices[test].var()
        print(f"{epoch:3}  error {1e5 * loss**0.5:.0f} $  test error {1e5 * squares**0.5:.0f} $  R² {r2:.4f}  {seconds:.1f} s")


optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
fit(model, x[train], y[train], nn.MSELoss(), optimizer, 5e-3, 60, 128, report)
