"""Deep ensemble on FashionMNIST: members are trained apart, their predictive distribution is averaged."""
import argparse

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


def make_member():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10),
    )


def train_member(model, loader, epochs, device, tag):
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"member {tag} epoch {epoch} loss {total.item() / len(loader):.4f}")


def predictive(members, x):
    """Mean of the members' class probabilities."""
    probs = [F.softmax(m(x), dim=-1) for m in members]
    return torch.stack(probs).mean(dim=0)


@torch.no_grad()
def evaluate(members, loader, device):
    for m in members:
        m.eval()
    nll = torch.zeros((), device=device)
    hits = torch.zeros((), device=device)
    entropy = torch.zeros((), device=device)
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        mixture = predictive(members, x)
        log_mixture = torch.log(mixture.clamp_min(1e-12))
        nll += F.nll_loss(log_mixture, y, reduction="sum")
        entropy -= (mixture * log_mixture).sum()
        hits += (mixture.argmax(-1) == y).sum()
    n = len(loader.dataset)
    return {"nll": nll.item() / n, "acc": hits.item() / n, "entropy": entropy.item() / n}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--members", type=int, default=5)
    ap.add_argument("--epochs", type=int, default=10)
    ap.add_argument("--seed", type=int, default=21)
    args = ap.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])
    train = DataLoader(datasets.FashionMNIST("data", True, tf, download=True), 128, shuffle=True)
    test = DataLoader(datasets.FashionMNIST("data", False, tf, download=True), 512)

    members = []
    for k in range(args.members):
        torch.manual_seed(args.seed + k)
        member = make_member().to(device)
        train_member(member, train, args.epochs, device, k)
        members.append(member)
        print(f"ensemble of {k + 1}:", evaluate(members, test, device))
    torch.save([m.state_dict() for m in members], "ensemble.pt")


if __name__ == "__main__":
    main()
