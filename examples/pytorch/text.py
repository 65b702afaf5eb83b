"""What the PyTorch counterparts on text share: words, numbers for words, rows of one length. As examples/text.ts."""
import re
from collections import Counter
import torch


def words_of(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\s\w]|_", text.lower())


class Vocabulary:
    """Numbers for words: 0 fills rows up, 1 is every word that is not in it, then words from frequent to rare."""

    def __init__(self, texts, least=1, special=()):
        counts = Counter(word for text in texts for word in text)
        kept = [word for word, count in counts.most_common() if count >= least]
        self.words = ["", "<unknown>", *special, *kept]
        self.ids = {word: k for k, word in enumerate(self.words)}

    def encode(self, texts, length):
        rows = torch.zeros(len(texts), length, dtype=torch.long)
        for row, text in zip(rows, texts):
            ids = [self.ids.get(word, 1) for word in text[:length]]
            row[: len(ids)] = torch.tensor(ids, dtype=torch.long)
        return rows
