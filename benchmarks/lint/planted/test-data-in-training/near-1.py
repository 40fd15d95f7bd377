"""The final model is fitted to training and validation data; the test set is scored once."""
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader


def final_fit(model, train_ds, val_ds, test_ds, epochs):
    torch.manual_seed(0)
    loader = DataLoader(ConcatDataset([train_ds, val_ds]), batch_size=64, shuffle=True)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum() for x, y in DataLoader(test_ds, batch_size=256))
    print("test", hits.item() / len(test_ds))
