import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor


class Houses(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        area = rng.normal(110, 35, n).clip(30, 300)
        rooms = np.round(area / 28 + rng.normal(0, 0.7, n)).clip(1, 10)
        year = rng.integers(1900, 2021, n)
        distance = rng.exponential(6, n)
        garden = rng.integers(0, 2, n)
        price = 2.4 * area + 11 * rooms - 7 * distance + 35 * garden
        price += 0.004 * (year - 1950) ** 2 + 0.03 * area * garden + rng.normal(0, 18, n)
        x = np.column_stack([area, rooms, year, distance, garden])
        x = (x - [110, 4, 1960, 6, 0.5]) / [35, 1.5, 35, 6, 0.5]
        self.x = torch.tensor(x, dtype=torch.float32)
        self.y = torch.tensor((price - 280) / 100, dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

train_loader = DataLoader(Houses(2000, args.seed), batch_size=50, shuffle=True)
test_loader = DataLoader(Houses(500, args.seed + 1000), batch_size=50)

model = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
monitor = Monitor(
    args.out, model, optimizer, {"lr": 0.002, "batch_size": 50}, activations=True, judge=False
)

for epoch in range(10):
    model.train()
    for inputs, prices in train_loader:
        optimizer.zero_grad()
        predictions = model(inputs)
        loss = criterion(predictions, prices)
        loss.backward()
        optimizer.step()
        monitor.step(loss)

    model.eval()
    total, guesses, truth = 0.0, [], []
    with torch.no_grad():
        for inputs, prices in test_loader:
            predictions = model(inputs)
            total += criterion(predictions, prices).item()
            guesses.append(predictions.flatten())
            truth.append(prices)
    guesses, truth = torch.cat(guesses), torch.cat(truth)
    monitor.evaluate(loss=total / len(test_loader))
    print(f"epoch {epoch}: mean absolute error {(guesses - truth).abs().mean():.3f}")

monitor.close()
r2 = 1 - ((guesses - truth) ** 2).mean() / truth.var(unbiased=False)
print(f"score: {r2.item():.4f}")
