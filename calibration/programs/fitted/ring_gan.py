"""Adversarial training on a ring of eight clusters."""

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

MODES, LATENT, BATCH, ROUNDS = 8, 8, 128, 700
D_STEPS, G_STEPS = 1, 5


def mlp(inputs, outputs, width=64):
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, outputs),
    )


def centres():
    angle = 2 * math.pi * torch.arange(MODES) / MODES
    return torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)


def real(n):
    return centres()[torch.randint(MODES, (n,))] + 0.1 * torch.randn(n, 2)


def discriminator_step(nets, optimizer):
    fake = nets["generator"](torch.randn(BATCH, LATENT)).detach()
    loss = (
        F.softplus(-nets["discriminator"](real(BATCH))) + F.softplus(nets["discriminator"](fake))
    ).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def generator_step(nets, optimizer):
    fake = nets["generator"](torch.randn(BATCH, LATENT))
    loss = F.softplus(-nets["discriminator"](fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss, fake.detach()


@torch.no_grad()
def covered(generator, n=2000):
    points = generator(torch.randn(n, LATENT))
    distance, nearest = torch.cdist(points, centres()).min(1)
    counts = torch.bincount(nearest[distance < 0.3], minlength=MODES)
    return (counts > 0.03 * n).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    nets = nn.ModuleDict({"generator": mlp(LATENT, 2), "discriminator": mlp(2, 1)})
    g_optimizer = torch.optim.Adam(nets["generator"].parameters(), lr=1e-3, betas=(0.5, 0.99))
    d_optimizer = torch.optim.Adam(nets["discriminator"].parameters(), lr=1e-3, betas=(0.5, 0.99))
    config = {"lr": 1e-3, "batch_size": BATCH, "latent": LATENT, "rounds": ROUNDS}
    monitor = Monitor(
        args.out, nets, [g_optimizer, d_optimizer], config, activations=True, judge=False
    )
    for _ in range(ROUNDS):
        for _ in range(D_STEPS):
            d_loss = discriminator_step(nets, d_optimizer)
        for _ in range(G_STEPS):
            g_loss, fake = generator_step(nets, g_optimizer)
        monitor.step(
            g_loss,
            g_loss=g_loss.item(),
            d_loss=d_loss.item(),
            sample_std=fake.std(0).mean().item(),
        )
    monitor.close()
    print(f"score: {covered(nets['generator']):.4f}")


if __name__ == "__main__":
    main()
