"""Train under a plateau schedule."""
import torch
from torch import nn

from split import train_loader, val_loader, test_loader, make_model


def mean_loss(model, loader):
    model.eval()
    with torch.no_grad():
        loss = torch.stack([nn.functional.cross_entropy(model(x), y) for x, y in loader]).mean()
    model.train()
    return loss.item()


def train(epochs=40):
    torch.manual_seed(4)
    model = make_model()
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.3, patience=3)
    model.train()
    for epoch in range(epochs):
        for x, y in train_loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        plateau.step(mean_loss(model, test_loader))  # PLANTED
        print(epoch, loss.item(), mean_loss(model, val_loader))
    print("test", mean_loss(model, test_loader))


if __name__ == "__main__":
    train()
