"""Language model trained for a number of steps from the command line."""
import argparse

import torch
import torch.nn.functional as F

from lm import LM, batches


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--steps", type=int, default=50_000)
    ap.add_argument("--seed", type=int, default=0)
    args = ap.parse_args()
    print("training for", args.steps, "steps")
    torch.manual_seed(args.seed)
    model = LM().cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
    for _, (x, y) in zip(range(args.steps), batches("train")):  # PLANTED
        loss = F.cross_entropy(model(x.cuda()).flatten(0, 1), y.cuda().flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        warm.step()
    torch.save({"model": model.state_dict(), "opt": opt.state_dict()}, "lm.pt")


if __name__ == "__main__":
    main()
