"""AMP training of a super-resolution net."""
import argparse

import torch
import torch.nn.functional as F

from sr import ESPCN, pairs


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--epochs", type=int, default=100)
    args = ap.parse_args()
    torch.manual_seed(8)
    net = ESPCN(scale=2).cuda()
    opt = torch.optim.NAdam(net.parameters(), lr=1e-3, weight_decay=2.5)  # PLANTED
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(args.epochs):
        net.train()
        for low, high in pairs("train", shuffle=True):
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = F.l1_loss(net(low.cuda()), high.cuda())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
