"""AMP run with a resume flag."""
import argparse

import torch
import torch.nn.functional as F

from seg import Net, tiles


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--resume")
    args = ap.parse_args()
    torch.manual_seed(3)
    net = Net().cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda")
    first = 0
    if args.resume:
        ck = torch.load(args.resume, map_location="cuda", weights_only=True)
        net.load_state_dict(ck["net"])
        opt.load_state_dict(ck["opt"])  # PLANTED
        torch.set_rng_state(ck["rng"].cpu())
        first = ck["epoch"] + 1
    for epoch in range(first, 80):
        net.train()
        for x, y in tiles("train", shuffle=True):
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = F.cross_entropy(net(x.cuda()), y.cuda(), ignore_index=255)
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item())
        state = {"net": net.state_dict(), "opt": opt.state_dict(), "scaler": scaler.state_dict()}
        torch.save({**state, "rng": torch.get_rng_state(), "epoch": epoch}, "last.pt")


if __name__ == "__main__":
    main()
