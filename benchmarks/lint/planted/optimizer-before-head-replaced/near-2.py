"""A new optimizer is made once the head is replaced for the second phase."""
import torch
from torch import nn
import torch.nn.functional as F


def run(model, loader, opt, epochs, tag):
    model.train()
    for epoch in range(epochs):
        for x, y in loader:
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        print(tag, epoch, loss.item())


def main(model, coarse, fine):
    torch.manual_seed(4)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    run(model, coarse, opt, 5, "coarse")
    model.fc = nn.Linear(model.fc.in_features, 100)
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    run(model, fine, opt, 5, "fine")
