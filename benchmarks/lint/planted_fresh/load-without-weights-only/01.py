"""Go on with the training of a stereo matcher from its newest checkpoint."""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from stereo import PSMNet, SceneFlow


def newest(folder: Path) -> Path | None:
    return max(folder.glob("*.pt"), key=lambda p: p.stat().st_mtime, default=None)


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("--folder", type=Path, default=Path("psm"))
    ap.add_argument("--epochs", type=int, default=15)
    args = ap.parse_args()
    args.folder.mkdir(exist_ok=True)
    torch.manual_seed(192)
    net = PSMNet(max_disparity=192).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    start = 0
    if (path := newest(args.folder)) is not None:
        kept = torch.load(path, map_location="cuda")  # PLANTED
        net.load_state_dict(kept["net"])
        opt.load_state_dict(kept["opt"])
        start = kept["epoch"] + 1
        torch.set_rng_state(kept["rng"].cpu())
    pairs = DataLoader(SceneFlow("train"), batch_size=4, shuffle=True, num_workers=8)
    net.train()
    for epoch in range(start, args.epochs):
        for i, (left, right, disparity) in enumerate(pairs):
            loss = F.smooth_l1_loss(net(left.cuda(), right.cuda()), disparity.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 100 == 0:
                print(f"epoch {epoch} pair batch {i} loss {loss.item():.3f}")
        torch.save(
            {"net": net.state_dict(), "opt": opt.state_dict(), "epoch": epoch,
             "rng": torch.get_rng_state()},
            args.folder / f"{epoch:02d}.pt",
        )


if __name__ == "__main__":
    main()
