"""Compare two activations by their test accuracy."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from letters import train_set, test_set


def net(act):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), act(), nn.Dropout(0.3), nn.Linear(256, 26))


def run(act, epochs=10):
    model = net(act)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):  # PLANTED
        model.train()
        for x, y in DataLoader(train_set, batch_size=128, shuffle=True):
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(act.__name__, epoch, loss.item())
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum() for x, y in DataLoader(test_set, batch_size=512))
    return hits.item() / len(test_set)


results = {act.__name__: run(act) for act in (nn.ReLU, nn.GELU)}
print(results)
