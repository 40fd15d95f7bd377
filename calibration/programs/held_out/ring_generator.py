"""A small GAN that learns points on a ring of eight clusters."""

import argparse
import math

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--latent", type=int, default=8)
parser.add_argument("--steps", type=int, default=800)
parser.add_argument("--lr-g", type=float, default=1e-2)
parser.add_argument("--lr-d", type=float, default=1e-3)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

angles = torch.arange(8) * (2 * math.pi / 8)
centres = 2.0 * torch.stack([angles.cos(), angles.sin()], dim=1)


def real_points(n):
    return centres[torch.randint(0, 8, (n,))] + 0.1 * torch.randn(n, 2)


def covered(points):
    distance, nearest = torch.cdist(points, centres).min(dim=1)
    return sum(((nearest == k) & (distance < 0.6)).float().mean().item() > 0.02 for k in range(8))


generator = nn.Sequential(
    nn.Linear(args.latent, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
)
discriminator = nn.Sequential(
    nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
)
opt_g = torch.optim.Adam(generator.parameters(), lr=args.lr_g, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=args.lr_d, betas=(0.5, 0.999))
networks = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
config = {"lr_g": args.lr_g, "lr_d": args.lr_d, "batch_size": args.batch_size}
monitor = Monitor(args.out, networks, [opt_g, opt_d], config, activations=True, judge=False)

ones, zeros = torch.ones(args.batch_size, 1), torch.zeros(args.batch_size, 1)
for step in range(args.steps):
    fake = generator(torch.randn(args.batch_size, args.latent))
    d_loss = F.binary_cross_entropy_with_logits(discriminator(real_points(args.batch_size)), ones)
    d_loss = d_loss + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros)
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    fake = generator(torch.randn(args.batch_size, args.latent))
    g_loss = F.binary_cross_entropy_with_logits(discriminator(fake), ones)
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()

    monitor.step(
        g_loss,
        d_loss=d_loss.item(),
        g_loss=g_loss.item(),
        sample_std=fake.detach().std(dim=0).mean().item(),
    )

monitor.close()
with torch.no_grad():
    samples = generator(torch.randn(2000, args.latent))
print(f"score: {covered(samples) / 8:.4f}")
