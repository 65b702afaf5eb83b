"""The networks of 17-sentiment.ts in PyTorch: python sentiment.py bag | lstm | transformer [seed]"""
import sys
import torch
from torch import nn
from run import fit, folder, predict
from text import Vocabulary, words_of

name = sys.argv[1] if len(sys.argv) > 1 else "bag"
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
length, width = 48, 64


def embedding(words, kind=nn.Embedding):
    table = kind(words, width, padding_idx=0)
    with torch.no_grad():
        nn.init.normal_(table.weight, 0, 0.1)[0] = 0
    return table


def mean_over(x, counts):
    weights = counts.float()[:, :, None]
    return (x * weights).sum(1) / weights.sum(1)


class Bag(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.words, self.dropout, self.head = embedding(words, nn.EmbeddingBag), nn.Dropout(0.5), nn.Linear(width, 2)

    def forward(self, ids):
        return self.head(self.dropout(self.words(ids)))


class Recurrent(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.words, self.dropout, self.head = embedding(words), nn.Dropout(0.5), nn.Linear(2 * width, 2)
        self.lstm = nn.LSTM(width, width, bidirectional=True, batch_first=True)

    def forward(self, ids):
        mask = ids != 0
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.words(ids)), mask.sum(1), batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=length)
        return self.head(self.dropout(mean_over(states, mask)))


class Encoder(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.words, self.dropout, self.head = embedding(words), nn.Dropout(0.5), nn.Linear(width, 2)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.02)
        layers = [nn.TransformerEncoderLayer(width, 4, 128, 0.2, batch_first=True) for _ in range(2)]
        self.encoder = nn.ModuleList(layers)  # two layers with initial weights of their own

    def forward(self, ids):
        mask = ids != 0
        x = self.dropout(self.words(ids) + self.positions)
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=~mask)
        return self.head(self.dropout(mean_over(x, mask)))


train, test = [], []
for label, kind in enumerate(["neg", "pos"]):
    for k, line in enumerate(open(f"{folder}/text-rt-polarity/rt-polarity.{kind}")):
        if k % 10 != 1:
            (test if k % 10 == 0 else train).append((words_of(line), label))
vocabulary = Vocabulary([words for words, _ in train], least=2)
x, test_x = [vocabulary.encode([words for words, _ in rows], length) for rows in [train, test]]
y, test_y = [torch.tensor([label for _, label in rows]) for rows in [train, test]]
Model, rate = {"bag": (Bag, 1e-2), "lstm": (Recurrent, 3e-3), "transformer": (Encoder, 2e-3)}[name]
model = Model(len(vocabulary.words))
optimizer = torch.optim.Adam(model.parameters())
optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(model.parameters(), 1) and None)


def report(epoch, loss, seconds):
    accuracy = (predict(model, test_x).argmax(1) == test_y).float().mean().item()
    print(f"{epoch:3}  loss {loss:.4f}  test accuracy {100 * accuracy:.2f} %  {seconds:.1f} s", flush=True)


fit(model, x, y, nn.CrossEntropyLoss(), optimizer, rate, 4, 64, report)
