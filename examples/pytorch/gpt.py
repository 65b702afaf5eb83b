"""The network of 16-gpt.ts in PyTorch: python gpt.py [thousands of steps] [seed]"""
import sys, time
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from run import folder

steps = 1000 * int(sys.argv[1] if len(sys.argv) > 1 else 5)
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
context, width, heads, batch = 64, 128, 4, 32
text = open(f"{folder}/tinyshakespeare/input.txt").read()
alphabet = sorted(set(text))
ids = torch.tensor([alphabet.index(c) for c in text])
cut = int(0.9 * len(ids))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.expand, self.project = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.later = torch.triu(torch.ones(context, context, dtype=torch.bool), 1)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, attn_mask=self.later, is_causal=True, need_weights=False)[0]
        return x + self.project(F.gelu(self.expand(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.characters, self.positions = nn.Embedding(len(alphabet), width), nn.Embedding(context, width)
        nn.init.normal_(self.characters.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.blocks = nn.Sequential(*[Block() for _ in range(4)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, len(alphabet), bias=False)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.characters(x) + self.positions.weight)))


model = GPT()
optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.1, betas=(0.9, 0.99))
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps, pct_start=0.1, cycle_momentum=False)


def loss_of(part, starts):
    rows = torch.stack([part[s : s + context + 1] for s in starts])
    return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


def validate():
    held = ids[cut:]
    starts = list(range(0, (len(held) - 1) // context * context, context))
    with torch.no_grad():
        parts = [starts[k : k + 128] for k in range(0, len(starts), 128)]
        return sum(loss_of(held, p).item() * len(p) for p in parts) / len(starts)


seconds = 0.0
for step in range(1, steps + 1):
    start = time.perf_counter()
    loss = loss_of(ids[:cut], torch.randint(cut - context, (batch,)).tolist())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    schedule.step()
    seconds += time.perf_counter() - start
    if step % 500 == 0:
        print(f"{step:5}  loss {loss.item():.4f}  validation {validate():.4f}  {seconds:.0f} s", flush=True)
