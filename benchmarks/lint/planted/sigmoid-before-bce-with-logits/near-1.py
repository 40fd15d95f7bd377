"""Binary classifier: logits into the loss, probabilities into the accuracy."""
import torch
from torch import nn


def train(model, loader, epochs=10):
    torch.manual_seed(1)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        hits, seen = torch.zeros(()), 0
        for x, y in loader:
            logits = model(x).squeeze(-1)
            probs = torch.sigmoid(logits)
            loss = criterion(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            hits += ((probs > 0.5) == y.bool()).sum()
            seen += len(y)
        print(f"{epoch} loss {loss.item():.4f} acc {hits.item() / seen:.3f}")
