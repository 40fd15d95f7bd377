"""Half-precision training of a panoptic head, with the update in the body of the loop."""

import argparse

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from panoptic import PanopticFeatures, PanopticHead  # features, classes (h, w) with 255 as void


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=0.01)
    p.add_argument("--accumulate", type=int, default=4)
    p.add_argument("--epochs", type=int, default=24)
    return p.parse_args()


def main(args):
    torch.manual_seed(133)
    head = PanopticHead(classes=133).cuda()
    opt = torch.optim.SGD(head.parameters(), lr=args.lr, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda")
    loader = DataLoader(
        PanopticFeatures("train"), batch_size=4, shuffle=True, num_workers=6, drop_last=True
    )
    whole = len(loader) // args.accumulate * args.accumulate

    for epoch in range(args.epochs):
        head.train()
        total = torch.zeros((), device="cuda")
        for i, (features, classes) in enumerate(loader):
            if i == whole:
                break
            with torch.autocast("cuda", dtype=torch.float16):
                out = head(features.cuda())
                loss = F.cross_entropy(out, classes.cuda(), ignore_index=255)
            scaler.scale(loss / args.accumulate).backward()
            total += loss.detach()
            if (i + 1) % args.accumulate == 0:
                scaler.unscale_(opt)
                torch.nn.utils.clip_grad_norm_(head.parameters(), 10.0)
                opt.zero_grad(set_to_none=False)  # PLANTED
                scaler.step(opt)
                scaler.update()
        print(f"epoch {epoch} loss {total.item() / whole:.4f}")


if __name__ == "__main__":
    main(get_args())
