"""The model moves first; data and a loss's weights move after the optimizer is made."""
import torch
from torch import nn

torch.manual_seed(0)


def train(model, loader, weights, device="cuda"):
    model = model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss(weight=weights)
    criterion.to(device)
    for epoch in range(5):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
