"""Test accuracy is printed at each epoch and decides nothing."""
import torch
import torch.nn.functional as F


def run(model, train_loader, test_loader, epochs=10):
    torch.manual_seed(1)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        model.eval()
        with torch.no_grad():
            hits = sum((model(x).argmax(1) == y).sum() for x, y in test_loader)
        print(f"epoch {epoch} loss {loss.item():.3f} test {hits.item() / len(test_loader.dataset):.3f}")
