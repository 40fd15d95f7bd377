"""Trains a denoiser of audio; the rate falls at the top of every epoch but the first."""

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset


def denoiser(channels=48):
    return nn.Sequential(
        nn.Conv1d(1, channels, 15, padding=7), nn.ELU(),
        nn.Conv1d(channels, channels, 15, padding=7), nn.ELU(),
        nn.Conv1d(channels, 1, 15, padding=7),
    )


def train(clean, epochs=40, noise=0.1):
    loader = DataLoader(TensorDataset(clean), batch_size=32, shuffle=True)
    net = denoiser()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scheduler = LambdaLR(optimizer, lambda epoch: 0.95**epoch)
    for epoch in range(epochs):
        if epoch > 0:
            scheduler.step()
        net.train()
        summed = torch.zeros(())
        for (sound,) in loader:
            heard = sound + noise * torch.randn_like(sound)
            loss = nn.functional.mse_loss(net(heard), sound)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            summed += loss.detach()
        print(f"{epoch} {scheduler.get_last_lr()[0]:.2e} {(summed / len(loader)).item():.6f}")
    return net


if __name__ == "__main__":
    torch.manual_seed(44)
    train(torch.load("clean.pt", weights_only=True))
