"""What the PyTorch counterparts share: reading the data, and the loop that `fit` is.

The folder with the data sets comes from CHAINRULE_DATA. Two threads, as many as the measured machine has cores.
"""
import gzip, os, time
import numpy as np
import torch

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
folder = os.environ.get("CHAINRULE_DATA", "../shared/data")


def mnist(name="mnist"):
    """(train images, train labels, test images, test labels); images float32 [N, 1, 28, 28] in [0, 1]."""
    def idx(file, offset):
        with gzip.open(f"{folder}/{name}/{file}-ubyte.gz") as f:
            return np.frombuffer(f.read(), np.uint8, offset=offset)
    parts = []
    for part in ["train", "t10k"]:
        images = idx(f"{part}-images-idx3", 16).reshape(-1, 1, 28, 28)
        parts += [torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(idx(f"{part}-labels-idx1", 8).astype(np.int64))]
    return parts


def fit(model, x, y, loss, optimizer, max_rate, epochs, batch, after_epoch, up=0.3):
    """Trains with a one-cycle learning rate; `after_epoch(epoch, mean loss, seconds)`, seconds of training only."""
    per_epoch = -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_rate, epochs * per_epoch, pct_start=up, cycle_momentum=False)
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        model.train()
        start, total = time.perf_counter(), 0.0
        order = torch.randperm(len(x))
        for k in range(0, len(x), batch):
            rows = order[k : k + batch]
            value = loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            total += value.item() * len(rows)
        seconds += time.perf_counter() - start
        model.eval()
        with torch.no_grad():
            after_epoch(epoch, total / len(x), seconds)


def predict(model, x):
    with torch.no_grad():
        return torch.cat([model(part) for part in x.split(1000)])
