"""Amortised inference for a noisy damped oscillator from simulated trajectories.

Simulations are generated on the fly, so an "epoch" is just a number of batches.
"""
import argparse
import math
from itertools import islice

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

T = np.linspace(0.0, 10.0, 128, dtype=np.float32)
LOW = np.array([0.5, 0.02, 0.2], dtype=np.float32)   # omega, damping, amplitude
HIGH = np.array([4.0, 0.60, 2.0], dtype=np.float32)


def simulate(theta, rng, noise=0.05):
    omega, damping, amp = theta
    phase = rng.uniform(0, 2 * math.pi)
    clean = amp * np.exp(-damping * T) * np.cos(omega * T + phase)
    return (clean + noise * rng.standard_normal(T.shape)).astype(np.float32)


class SimulatorStream(IterableDataset):
    def __init__(self, seed, length=None):
        super().__init__()
        self.seed = seed
        self.length = length
        self.round = 0

    def set_round(self, r):
        self.round = r

    def _endless(self):
        rng = np.random.default_rng([self.seed, self.round])
        while True:
            theta = rng.uniform(LOW, HIGH).astype(np.float32)
            yield simulate(theta, rng), (theta - LOW) / (HIGH - LOW) * 2 - 1

    def __iter__(self):
        return islice(self._endless(), self.length)


class PosteriorNet(nn.Module):
    """Predicts a diagonal Gaussian over the rescaled parameters."""

    def __init__(self, n_out=3, ch=32):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, ch, 7, stride=2, padding=3), nn.SiLU(),
            nn.Conv1d(ch, ch * 2, 5, stride=2, padding=2), nn.SiLU(),
            nn.Conv1d(ch * 2, ch * 4, 5, stride=2, padding=2), nn.SiLU(),
            nn.Flatten(),
            nn.Linear(ch * 4 * 16, 256), nn.SiLU(),
        )
        self.mean = nn.Linear(256, n_out)
        self.log_var = nn.Linear(256, n_out)

    def forward(self, x):
        h = self.encoder(x.unsqueeze(1))
        return self.mean(h), self.log_var(h).clamp(-10, 4)


def nll(mean, log_var, target):
    return 0.5 * (log_var + (target - mean) ** 2 / log_var.exp()).sum(-1).mean()


@torch.no_grad()
def held_out(net, loader, device):
    net.eval()
    losses, errors = [], []
    for x, theta in loader:
        x, theta = x.to(device), theta.to(device)
        mean, log_var = net(x)
        losses.append(nll(mean, log_var, theta))
        errors.append((mean - theta).abs().mean(0))
    return torch.stack(losses).mean().item(), torch.stack(errors).mean(0).tolist()


def main(opts):
    torch.manual_seed(opts.seed)
    device = torch.device(opts.device)
    stream = SimulatorStream(opts.seed)
    loader = DataLoader(stream, batch_size=opts.batch, num_workers=opts.workers, pin_memory=True)  # PLANTED
    test_loader = DataLoader(SimulatorStream(opts.seed + 10_000, length=4096), batch_size=512)

    net = PosteriorNet().to(device)
    optim = torch.optim.Adam(net.parameters(), lr=opts.lr)
    sched = torch.optim.lr_scheduler.ExponentialLR(optim, gamma=0.97)

    for r in range(opts.rounds):
        stream.set_round(r)
        net.train()
        acc = torch.zeros((), device=device)
        for x, theta in islice(loader, opts.batches_per_round):
            x, theta = x.to(device, non_blocking=True), theta.to(device, non_blocking=True)
            optim.zero_grad()
            loss = nll(*net(x), theta)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optim.step()
            acc += loss.detach()
        sched.step()
        test_nll, mae = held_out(net, test_loader, device)
        print(f"round {r:3d} train {acc.item() / opts.batches_per_round:.3f} test {test_nll:.3f} "
              f"mae {' '.join(f'{m:.3f}' for m in mae)}")


if __name__ == "__main__":
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, default=8)
    ap.add_argument("--batch", type=int, default=256)
    ap.add_argument("--workers", type=int, default=8)
    ap.add_argument("--rounds", type=int, default=100)
    ap.add_argument("--batches-per-round", type=int, default=500)
    ap.add_argument("--lr", type=float, default=5e-4)
    ap.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    main(ap.parse_args())
