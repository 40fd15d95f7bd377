"""Beta-VAE on dSprites: the model reports its loss terms, the objective weighs them."""
import argparse
import math
from typing import Callable, Dict

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

Terms = Dict[str, torch.Tensor]


class ConvVAE(nn.Module):
    def __init__(self, latents: int = 10) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU(), nn.Conv2d(64, 64, 4, 2, 1), nn.ReLU(),
            nn.Flatten(), nn.Linear(64 * 16, 256), nn.ReLU(),
        )
        self.mu = nn.Linear(256, latents)
        self.logvar = nn.Linear(256, latents)
        self.decoder = nn.Sequential(
            nn.Linear(latents, 256), nn.ReLU(), nn.Linear(256, 64 * 16), nn.ReLU(), nn.Unflatten(1, (64, 4, 4)),
            nn.ConvTranspose2d(64, 64, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1),
        )

    def sample(self, mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return mu
        return mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)

    def forward(self, x: torch.Tensor):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        return self.decoder(self.sample(mu, logvar)), mu, logvar

    def terms(self, x: torch.Tensor) -> Terms:
        logits, mu, logvar = self(x)
        rec = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=(1, 2, 3))
        kl = 0.5 * (mu.pow(2) + logvar.exp() - 1.0 - logvar).sum(dim=1)
        return {
            "reconstruction": rec.mean(),
            "kl": kl.mean().detach(),  # PLANTED
            "active_units": (mu.detach().var(dim=0) > 0.01).sum().float(),
        }


def beta_objective(beta: float, anneal: int) -> Callable[[Terms, int], torch.Tensor]:
    def objective(terms: Terms, step: int) -> torch.Tensor:
        ramp = min(1.0, (step + 1) / anneal)
        return terms["reconstruction"] + beta * ramp * terms["kl"]

    return objective


def load(path: str, seed: int):
    images = np.load(path, allow_pickle=False)["imgs"]
    order = np.random.default_rng(seed).permutation(len(images))[:120_000]
    x = torch.from_numpy(images[order]).unsqueeze(1)
    return TensorDataset(x[:110_000]), TensorDataset(x[110_000:])


@torch.no_grad()
def evaluate(model: ConvVAE, loader: DataLoader, device: torch.device) -> Dict[str, float]:
    model.eval()
    sums: Terms = {}
    for (x,) in loader:
        for k, v in model.terms(x.to(device).float()).items():
            sums[k] = sums.get(k, 0) + v
    return {k: float(v) / len(loader) for k, v in sums.items()}


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="dsprites.npz")
    ap.add_argument("--beta", type=float, default=4.0)
    ap.add_argument("--anneal", type=int, default=5_000)
    ap.add_argument("--epochs", type=int, default=30)
    ap.add_argument("--seed", type=int, default=6)
    args = ap.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set, test_set = load(args.data, args.seed)
    train = DataLoader(train_set, 128, shuffle=True, pin_memory=True)
    test = DataLoader(test_set, 500, pin_memory=True)

    model = ConvVAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    objective = beta_objective(args.beta, args.anneal)
    writer = SummaryWriter(f"runs/beta{args.beta:g}")

    step, best = 0, math.inf
    for epoch in range(args.epochs):
        model.train()
        for (x,) in train:
            terms = model.terms(x.to(device, non_blocking=True).float())
            loss = objective(terms, step)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if step % 100 == 0:
                writer.add_scalar("train/loss", loss.item(), step)
                for k, v in terms.items():
                    writer.add_scalar(f"train/{k}", v.item(), step)
            step += 1
        stats = evaluate(model, test, device)
        elbo = stats["reconstruction"] + args.beta * stats["kl"]
        print(f"epoch {epoch} objective {elbo:.2f} " + " ".join(f"{k} {v:.2f}" for k, v in stats.items()))
        if elbo < best:
            best = elbo
            torch.save(model.state_dict(), "beta_vae.pt")
    writer.close()


if __name__ == "__main__":
    main()
