"""The networks of 14-char-rnn.ts in PyTorch: python char_rnn.py rnn | lstm | gru [seed]"""
import sys
import torch
from torch import nn
from run import fit, folder, predict

cell = sys.argv[1] if len(sys.argv) > 1 else "lstm"
torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
alphabet, longest = ".abcdefghijklmnopqrstuvwxyz", 15
names = list(dict.fromkeys(open(f"{folder}/names/names.txt").read().split()))
held = names[::10]
train = [name for k, name in enumerate(names) if k % 10 > 1]
letters_per_name = sum(len(name) + 1 for name in held) / len(held)


def rows(names):
    x = torch.zeros(len(names), longest + 1, dtype=torch.long)
    y = torch.full_like(x, -1)
    for k, name in enumerate(names):
        ids = torch.tensor([alphabet.index(letter) for letter in name])
        x[k, 1 : len(ids) + 1] = ids
        y[k, : len(ids)], y[k, len(ids)] = ids, 0
    return x, y


class CharacterModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(len(alphabet), 32)
        self.recurrent = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](32, 128, batch_first=True)
        self.head = nn.Linear(128, len(alphabet))

    def forward(self, ids):
        return self.head(self.recurrent(self.letters(ids))[0])


def loss(logits, y):
    total = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=-1, reduction="sum")
    return total / (len(y) * letters_per_name)


model = CharacterModel()
x, y = rows(train)
held_x, held_y = rows(held)
optimizer = torch.optim.Adam(model.parameters())
optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(model.parameters(), 1) and None)


def report(epoch, mean, seconds):
    print(f"{epoch:3}  loss {mean:.4f}  held out {loss(predict(model, held_x), held_y):.4f}  {seconds:.1f} s", flush=True)


fit(model, x, y, loss, optimizer, 5e-3, 5, 64, report)
