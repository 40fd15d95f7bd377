"""Train and validate; train(False) stands for eval()."""
import torch
from torch import nn


def run_epoch(model, loader, criterion, optimizer=None):
    training = optimizer is not None
    model.train(training)
    total = torch.zeros(())
    with torch.set_grad_enabled(training):
        for x, y in loader:
            loss = criterion(model(x), y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.detach()
    return total.item() / len(loader)


def main(model, train_dl, val_dl):
    torch.manual_seed(6)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(10):
        tr = run_epoch(model, train_dl, criterion, optimizer)
        va = run_epoch(model, val_dl, criterion)
        print(f"{epoch} train {tr:.4f} val {va:.4f}")
