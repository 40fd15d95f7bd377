"""Estimate click probabilities of advertisements; most clicks are down to chance."""

import argparse

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ClickModel(nn.Module):
    def __init__(self, n_ads=30, n_sites=20, dim=8):
        super().__init__()
        self.ad = nn.Embedding(n_ads, dim)
        self.site = nn.Embedding(n_sites, dim)
        self.mlp = nn.Sequential(nn.Linear(2 * dim + 3, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, ad, site, context):
        features = torch.cat([self.ad(ad), self.site(site), context], dim=1)
        return self.mlp(features).squeeze(1)


def impressions(n, seed):
    taste = np.random.default_rng(1)
    ad_effect, site_effect = taste.normal(0, 0.5, 30), taste.normal(0, 0.4, 20)
    rng = np.random.default_rng(seed)
    ad, site = rng.integers(0, 30, n), rng.integers(0, 20, n)
    context = rng.normal(size=(n, 3))
    logit = ad_effect[ad] + site_effect[site] + 0.4 * context[:, 0] - 0.3
    probability = 1 / (1 + np.exp(-logit))
    clicked = (rng.random(n) < probability).astype(np.float32)
    tensors = [torch.tensor(ad), torch.tensor(site), torch.tensor(context, dtype=torch.float32)]
    return [*tensors, torch.tensor(clicked)], probability


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train, _ = impressions(20000, seed=2)
    val, probability = impressions(4000, seed=3)
    loader = DataLoader(TensorDataset(*train), batch_size=100, shuffle=True)
    model = ClickModel()
    bce = nn.BCEWithLogitsLoss()
    epochs, lr = 3, 2e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    config = {"lr": lr, "batch_size": 100, "epochs": epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    step = 0
    for _ in range(epochs):
        for ad, site, context, clicked in loader:
            loss = bce(model(ad, site, context), clicked)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            monitor.step(loss)
            step += 1
            if step % 60 == 0:
                with torch.no_grad():
                    logits = model(*val[:3])
                monitor.evaluate(loss=bce(logits, val[3]).item())
    monitor.close()
    predicted = torch.sigmoid(logits).numpy()
    print(f"score: {np.corrcoef(predicted, probability)[0, 1]:.4f}")


if __name__ == "__main__":
    main()
