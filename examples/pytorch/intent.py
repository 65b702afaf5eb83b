"""The bag of words and pairs of 15-intent.ts in PyTorch: python intent.py [seed]"""
import csv, sys
import torch
from torch import nn
from run import fit, folder, predict
from text import Vocabulary, words_of

torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


def features_of(question):
    words = words_of(question)
    return words + [f"{a} {b}" for a, b in zip(words, words[1:])]


def questions(part):
    with open(f"{folder}/text-banking77/{part}.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [features_of(question) for question, _ in rows], [intent for _, intent in rows]


train, labels = questions("train")
test, test_labels = questions("test")
vocabulary = Vocabulary(train, least=2)
intents = sorted(set(labels))


def encode(texts, labels):
    known = [[word for word in text if word in vocabulary.ids] for text in texts]
    return vocabulary.encode(known, 80), torch.tensor([intents.index(label) for label in labels])


x, y = encode(train, labels)
test_x, test_y = encode(test, test_labels)
bag = nn.EmbeddingBag(len(vocabulary.words), 128, padding_idx=0)
with torch.no_grad():
    nn.init.normal_(bag.weight, 0, 0.1)[0] = 0
model = nn.Sequential(bag, nn.Dropout(0.5), nn.Linear(128, len(intents)))


def report(epoch, loss, seconds):
    accuracy = (predict(model, test_x).argmax(1) == test_y).float().mean().item()
    print(f"{epoch:3}  loss {loss:.4f}  test accuracy {100 * accuracy:.2f} %  {seconds:.1f} s", flush=True)


fit(model, x, y, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters()), 1e-2, 10, 64, report)
