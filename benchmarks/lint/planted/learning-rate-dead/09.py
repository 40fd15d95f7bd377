"""Manual decay by hand: the rate is multiplied each epoch."""
import torch
import torch.nn.functional as F


def decay(optimizer, factor):
    for group in optimizer.param_groups:
        group["lr"] *= factor


def train(model, loader, epochs=50):
    torch.manual_seed(8)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = F.smooth_l1_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        decay(optimizer, 0)  # PLANTED
        print("epoch", epoch, "loss", loss.item())
