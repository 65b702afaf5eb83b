"""The Transformer of 18-translate.ts in PyTorch: python translate.py [epochs] [seed]"""
import gzip, math, sys, time
import torch
from torch import nn
from run import folder
from text import Vocabulary, words_of

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 8
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
batch, longest, width = 64, 8, 128
with gzip.open(f"{folder}/tatoeba-eng-swe/swe.txt.gz", "rt") as file:
    pairs = [tuple(words_of(text) for text in line.split("\t")[:2]) for line in file]
pairs = [pair for pair in pairs if max(map(len, pair)) <= longest]
part_of = {text: k % 20 for k, text in enumerate(dict.fromkeys(" ".join(words) for words, _ in pairs))}
train = [pair for pair in pairs if part_of[" ".join(pair[0])] > 1]
held = [pair for pair in pairs if part_of[" ".join(pair[0])] == 0]
english, swedish = [Vocabulary([pair[k] for pair in train], 2, ("<start>", "<end>")) for k in [0, 1]]


def encode(pairs):
    return (english.encode([a for a, _ in pairs], longest),
            swedish.encode([["<start>"] + b for _, b in pairs], longest + 1),
            swedish.encode([b + ["<end>"] for _, b in pairs], longest + 1))


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.english = nn.Embedding(len(english.words), width, padding_idx=0)
        self.swedish = nn.Embedding(len(swedish.words), width, padding_idx=0)
        angles = torch.arange(longest + 1)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
        self.positions = torch.stack([angles.sin(), angles.cos()], 2).flatten(1)
        self.dropout = nn.Dropout(0.1)
        self.transformer = nn.Transformer(width, 4, 2, 2, 256, batch_first=True)
        self.head = nn.Linear(width, len(swedish.words))
        self.later = torch.triu(torch.ones(longest + 1, longest + 1, dtype=torch.bool), 1)

    def forward(self, source, target):
        def read(table, ids):
            return self.dropout(table(ids) + self.positions[: ids.shape[1]])
        filled = source == 0
        return self.head(self.transformer(
            read(self.english, source), read(self.swedish, target), tgt_mask=self.later,
            src_key_padding_mask=filled, memory_key_padding_mask=filled))


words_per_pair = sum(len(words) + 1 for _, words in held) / len(held)


def loss_of(logits, following):
    total = nn.functional.cross_entropy(logits.flatten(0, 1), following.flatten(), ignore_index=0, reduction="sum")
    return total / (len(following) * words_per_pair)


model = Translator()
data, held = encode(train), encode(held)
per_epoch = math.ceil(len(train) / batch)
optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, epochs * per_epoch, pct_start=0.1, cycle_momentum=False)
print(f"{len(train)} pairs, {len(english.words)} and {len(swedish.words)} words")
seconds = 0.0
for epoch in range(1, epochs + 1):
    model.train()
    start, total = time.perf_counter(), 0.0
    for rows in torch.randperm(len(train)).split(batch):
        source, target, following = (part[rows] for part in data)
        loss = loss_of(model(source, target), following)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        schedule.step()
        total += loss.item()
    seconds += time.perf_counter() - start
    model.eval()
    with torch.no_grad():
        logits, counts = model(*held[:2]), held[2] != 0
        right = ((logits.argmax(2) == held[2]) & counts).sum() / counts.sum()
        print(f"{epoch:3}  loss {total / per_epoch:.4f}  held out {loss_of(logits, held[2]):.4f}  right {100 * right:.2f} %  {seconds:.1f} s", flush=True)
