"""Counts cars on aerial pictures; precision is switched from the command line."""

import argparse

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from aerial import CarMaps, CountNet

amp = torch.amp
cuda = torch.device("cuda")


def main(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    if not torch.cuda.is_available():
        raise SystemExit("this needs a GPU")
    torch.cuda.set_device(args.gpu)
    loader = DataLoader(CarMaps(args.maps), batch_size=12, shuffle=True, num_workers=4, pin_memory=True)
    net = CountNet().to(cuda)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    scaler = amp.GradScaler(cuda.type, enabled=args.amp)

    for epoch in range(args.epochs):
        total = torch.zeros((), device=cuda)
        for picture, density in loader:
            picture = picture.to(cuda, non_blocking=True)
            density = density.to(cuda, non_blocking=True)
            with amp.autocast(cuda.type, dtype=torch.float16, enabled=args.amp):
                loss = F.mse_loss(net(picture), density)
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            total += loss.detach()
        peak = torch.cuda.max_memory_allocated() / 2**30
        print(f"epoch {epoch} loss {total.item() / len(loader):.5f} peak {peak:.1f} GiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maps")
    parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--gpu", type=int, default=0)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    main(parser.parse_args())
