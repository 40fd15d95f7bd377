"""Dataset of patches, random_split, and a loader for each part."""
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split

from patches import PatchDataset, PatchNet


def make_loaders(root, batch_size=64, seed=0):
    full = PatchDataset(root)
    n = int(0.9 * len(full))
    train, held = random_split(full, [n, len(full) - n], generator=torch.Generator().manual_seed(seed))
    return DataLoader(train, batch_size), DataLoader(held, batch_size)  # PLANTED


def main():
    torch.manual_seed(0)
    train_dl, held_dl = make_loaders("patches/")
    net = PatchNet()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    mse = nn.MSELoss()
    for epoch in range(30):
        net.train()
        for noisy, clean in train_dl:
            opt.zero_grad()
            loss = mse(net(noisy), clean)
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            held = torch.stack([mse(net(a), b) for a, b in held_dl]).mean()
        print(f"epoch {epoch} train {loss.item():.4f} held {held.item():.4f}")


if __name__ == "__main__":
    main()
