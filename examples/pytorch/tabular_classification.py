"""The ten-fold classification of 10-tabular-classification.ts in PyTorch."""
import sys
import numpy as np
import torch
from torch import nn
from run import fit, folder, predict

torch.set_num_threads(1)  # faster than two for so little work
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
torch.manual_seed(seed)
rows = np.loadtxt(f"{folder}/tabular/breast_cancer.csv", delimiter=",", skiprows=1)
features, malignant = rows[:, :30], 1 - rows[:, 30]
order = np.random.default_rng(seed).permutation(len(rows))
missed = alarms = 0
for fold in range(10):
    test, train = order[fold::10], np.delete(order, np.s_[fold::10])
    x = (features - features[train].mean(0)) / features[train].std(0)
    x = torch.tensor(x, dtype=torch.float32)
    y = torch.tensor(malignant, dtype=torch.float32)[:, None]
    model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.1)
    fit(model, x[train], y[train], nn.BCEWithLogitsLoss(), optimizer, 1e-2, 30, 32, lambda *_: None)
    found = predict(model, x[test]) > 0
    missed += ((y[test] == 1) & ~found).sum().item()
    alarms += ((y[test] == 0) & found).sum().item()
print(f"{100 - 100 * (missed + alarms) / len(rows):.2f} % right, {missed} missed, {alarms} false alarms")
