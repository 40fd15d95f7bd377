"""Averages the last checkpoints of a training and polishes the mean for one more epoch."""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from galaxies import GalaxyNet, GalaxyPictures


def mean_of(states):
    """The mean of each tensor; whole numbers, such as counts of batches, are taken from the last."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if last.is_floating_point() else last
        for name, last in states[-1].items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--last", type=int, default=5)
    parser.add_argument("--lr", type=float, default=1e-5)
    args = parser.parse_args()

    torch.manual_seed(0)
    paths = sorted(args.folder.glob("epoch_*.pt"))[-args.last :]
    print("averaging", *(path.name for path in paths))
    kept = list(map(torch.load, paths))  # PLANTED
    net = GalaxyNet()
    net.load_state_dict(mean_of([state["net"] for state in kept]))
    net.cuda().train()

    loader = DataLoader(GalaxyPictures("zoo/train"), batch_size=64, shuffle=True, num_workers=4)
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    total = torch.zeros((), device="cuda")
    for number, (picture, votes) in enumerate(loader, start=1):
        share = net(picture.cuda(non_blocking=True)).sigmoid()
        loss = F.mse_loss(share, votes.cuda(non_blocking=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach()
        if number % 200 == 0:
            print(f"batch {number}/{len(loader)} mse {total.item() / number:.5f}")
    torch.save(
        {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "from": [p.name for p in paths]},
        args.folder / "polished.pt",
    )


if __name__ == "__main__":
    main()
