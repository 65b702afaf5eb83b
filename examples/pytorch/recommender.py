"""The matrix factorisation of 11-recommender.ts in PyTorch, on ratings made by the same rule."""
import sys
import numpy as np
import torch
from torch import nn
from run import fit, predict

torch.set_num_threads(1)  # faster than two for so little work
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
torch.manual_seed(seed)
random = np.random.default_rng(seed)
people, films, rank, ratings, mean = 800, 400, 4, 50_000, 3.5
person_bias, film_bias = random.normal(0, 0.4, people), random.normal(0, 0.5, films)
tastes, styles = random.normal(0, 0.6, (people, rank)), random.normal(0, 0.6, (films, rank))
person, film = np.divmod(random.permutation(people * films)[:ratings], films)
y = mean + person_bias[person] + film_bias[film] + (tastes[person] * styles[film]).sum(1) + random.normal(0, 0.5, ratings)
x, y = torch.tensor(np.stack([person, film], 1)), torch.tensor(y, dtype=torch.float32)
test = 10_000


class Factorisation(nn.Module):
    def __init__(self):
        super().__init__()
        self.person_bias, self.film_bias = nn.Embedding(people, 1), nn.Embedding(films, 1)
        self.tastes, self.styles = nn.Embedding(people, rank), nn.Embedding(films, rank)
        for table, std in [(self.person_bias, 0), (self.film_bias, 0), (self.tastes, 0.1), (self.styles, 0.1)]:
            nn.init.normal_(table.weight, 0, std)

    def forward(self, pair):
        person, film = pair.unbind(1)
        match = (self.tastes(person) * self.styles(film)).sum(1)
        return match + self.person_bias(person).squeeze(1) + self.film_bias(film).squeeze(1) + mean


def report(epoch, loss, seconds):
    if epoch % 10 == 0:
        error = nn.functional.mse_loss(predict(model, x[:test]), y[:test]).sqrt()
        print(f"{epoch:3}  error {loss**0.5:.4f}  test error {error:.4f}  {seconds:.1f} s")


model = Factorisation()
print(f"mean  {((y[:test] - mean) ** 2).mean().sqrt():.4f}")
optimizer = torch.optim.Adam(model.parameters(), weight_decay=2e-5)
fit(model, x[test:], y[test:], nn.MSELoss(), optimizer, 2e-2, 30, 256, report)
