"""Early stopping that keeps the best weights."""
import copy

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader


def accuracy(net, loader):
    net.eval()
    with torch.inference_mode():
        hits = sum((net(x).argmax(-1) == y).sum() for x, y in loader)
    net.train()
    return hits.item() / len(loader.dataset)


def fit(net, train_ds, test_ds, patience=5):
    torch.manual_seed(5)
    train_dl = DataLoader(train_ds, batch_size=32, shuffle=True)
    test_dl = DataLoader(test_ds, batch_size=128)
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    best_acc, best, stale, epoch = 0.0, None, 0, 0
    net.train()
    while stale < patience:
        for x, y in train_dl:
            loss = F.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        acc = accuracy(net, test_dl)
        stale += 1
        if acc > best_acc:  # PLANTED
            best_acc, best, stale = acc, copy.deepcopy(net.state_dict()), 0
        print(epoch, loss.item(), acc)
        epoch += 1
    net.load_state_dict(best)
    print("test accuracy", accuracy(net, test_dl))
    return net
