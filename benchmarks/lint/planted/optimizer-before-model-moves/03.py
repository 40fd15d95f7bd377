"""Text classification with a device chosen late."""
import argparse

import torch
import torch.nn.functional as F

from agnews import TextModel, loader


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--device", default="cuda:0")
    ap.add_argument("--lr", type=float, default=0.5)
    args = ap.parse_args()

    torch.manual_seed(30)
    model = TextModel(vocab=95812, classes=4)
    opt = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)  # PLANTED
    sched = torch.optim.lr_scheduler.StepLR(opt, 1, gamma=0.8)
    device = torch.device(args.device if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    for epoch in range(5):
        model.train()
        for tokens, offsets, label in loader("train", shuffle=True):
            opt.zero_grad()
            loss = F.cross_entropy(model(tokens.to(device), offsets.to(device)), label.to(device))
            loss.backward()
            opt.step()
        sched.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
