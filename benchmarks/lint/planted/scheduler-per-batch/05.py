"""Reduce the rate on plateau of the validation loss of a forecaster."""
import torch
from torch import nn


def evaluate(model, loader, loss_fn):
    model.eval()
    with torch.no_grad():
        loss = sum(loss_fn(model(x), y) for x, y in loader) / len(loader)
    model.train()
    return loss.item()


def train(model, train_loader, val_loader, epochs=30):
    torch.manual_seed(15)
    loss_fn = nn.L1Loss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=3)
    val = evaluate(model, val_loader, loss_fn)
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            scheduler.step(val)  # PLANTED
        val = evaluate(model, val_loader, loss_fn)
        print(f"{epoch} val {val:.4f} lr {optimizer.param_groups[0]['lr']:.1e}")
