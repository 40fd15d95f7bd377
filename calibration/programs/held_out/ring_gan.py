"""A small GAN that learns points around a noisy ring."""

import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

LATENT = 4


def real_points(n):
    angle = 2 * math.pi * torch.rand(n)
    radius = 1.0 + 0.08 * torch.randn(n)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def mlp(inputs, outputs, width=64):
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, outputs),
    )


def discriminator_loss(disc, real, fake):
    real = real.requires_grad_(True)
    score = disc(real)
    (grad,) = torch.autograd.grad(score.sum(), real, create_graph=True)
    penalty = grad.pow(2).sum(dim=1).mean()
    return F.softplus(-score).mean() + F.softplus(disc(fake)).mean() + 0.1 * penalty


def ring_quality(gen):
    """One when samples lie as the data do: near the radius, and in every direction alike."""
    with torch.no_grad():
        points = gen(torch.randn(4000, LATENT))
    near = ((points.norm(dim=1) - 1).abs() < 0.3).float().mean().item()
    sector = ((torch.atan2(points[:, 1], points[:, 0]) + math.pi) / (2 * math.pi) * 12).long()
    share = torch.bincount(sector.clamp(max=11), minlength=12) / len(points)
    return near * (1 - 0.5 * (share - 1 / 12).abs().sum().item())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=800)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    models = nn.ModuleDict({"generator": mlp(LATENT, 2), "discriminator": mlp(2, 1)})
    gen, disc = models["generator"], models["discriminator"]
    opt_g = torch.optim.Adam(gen.parameters(), lr=1e-3, betas=(0.0, 0.99))
    opt_d = torch.optim.Adam(disc.parameters(), lr=2e-3, betas=(0.0, 0.99))
    config = {"lr_g": 1e-3, "lr_d": 2e-3, "batch_size": 128, "r1": 0.1}
    monitor = Monitor(args.out, models, [opt_g, opt_d], config, activations=True, judge=False)
    for _ in range(args.steps):
        fake = gen(torch.randn(128, LATENT)).detach()
        d_loss = discriminator_loss(disc, real_points(128), fake)
        opt_d.zero_grad()
        d_loss.backward()
        opt_d.step()

        g_loss = F.softplus(-disc(gen(torch.randn(128, LATENT)))).mean()
        opt_g.zero_grad()
        g_loss.backward()
        opt_g.step()
        monitor.step(g_loss, g_loss=g_loss.item(), d_loss=d_loss.item())
    monitor.close()
    print(f"score: {ring_quality(gen):.4f}")


if __name__ == "__main__":
    main()
