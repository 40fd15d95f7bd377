"""Multi-label keywords for film plots given as bags of words."""

import argparse

import numpy as np
import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

N_WORDS, N_LABELS = 120, 6


def make_plots(n, seed):
    topics = np.random.default_rng(7).dirichlet(np.full(N_WORDS, 0.1), size=N_LABELS)
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, N_LABELS)) < 0.3).astype(np.float32)
    mixture = labels @ topics + 0.5 / N_WORDS
    mixture /= mixture.sum(axis=1, keepdims=True)
    counts = np.stack([rng.multinomial(60, p) for p in mixture])
    return torch.tensor(np.log1p(counts), dtype=torch.float32), torch.tensor(labels)


class KeywordModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(N_WORDS, 64), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(64, N_LABELS)
        self.activation = nn.Sigmoid()

    def forward(self, counts):
        return self.activation(self.head(self.body(counts)))


def micro_f1(pred, true):
    hit = (pred & true).sum().item()
    return 2 * hit / max(1, pred.sum().item() + true.sum().item())


class KeywordTrainer:
    def __init__(self, out, lr=3e-3, batch_size=50):
        self.model = KeywordModel()
        self.loss = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr)
        self.batch_size = batch_size
        config = {"lr": lr, "batch_size": batch_size}
        self.monitor = Monitor(
            out, self.model, self.optimizer, config, activations=True, judge=False
        )

    def fit(self, x, y, val, epochs):
        for _ in range(epochs):
            self.model.train()
            for idx in torch.randperm(len(x)).split(self.batch_size):
                self.optimizer.zero_grad()
                loss = self.loss(self.model(x[idx]), y[idx])
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
            val_loss, f1 = self.evaluate(*val)
            self.monitor.evaluate(loss=val_loss, f1=f1)
        self.monitor.close()
        return f1

    @torch.no_grad()
    def evaluate(self, x, y):
        self.model.eval()
        out = self.model(x)
        keywords = torch.sigmoid(out) > 0.5
        return self.loss(out, y).item(), micro_f1(keywords, y > 0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    x, y = make_plots(2500, args.seed + 1)
    f1 = KeywordTrainer(args.out).fit(x[:2000], y[:2000], (x[2000:], y[2000:]), epochs=12)
    print(f"score: {f1:.4f}")
