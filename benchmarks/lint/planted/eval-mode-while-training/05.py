"""Train and validate by one function with a flag."""
import torch
from torch import nn


def run(model, loader, opt, training):
    model.train(not training)  # PLANTED
    total = torch.zeros(())
    with torch.set_grad_enabled(training):
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            if training:
                opt.zero_grad()
                loss.backward()
                opt.step()
            total += loss.detach()
    return total.item() / len(loader)


def main(model, train_dl, val_dl, epochs=20):
    torch.manual_seed(4)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        print(epoch, run(model, train_dl, opt, True), run(model, val_dl, opt, False))
