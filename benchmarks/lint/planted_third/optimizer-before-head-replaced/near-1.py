"""Continues a classifier of birds on a second data set with other species."""

import torch
import torch.nn as nn
import torchvision
from torch.utils.data import DataLoader
from torchvision.transforms import v2 as T


def loader_for(root, train):
    steps = [T.RandomResizedCrop(160), T.RandomHorizontalFlip()] if train else [T.CenterCrop(160)]
    pipeline = T.Compose([T.ToImage(), *steps, T.ToDtype(torch.float32, scale=True)])
    data = torchvision.datasets.ImageFolder(root, pipeline)
    return DataLoader(data, batch_size=64, shuffle=train, num_workers=4), len(data.classes)


def epoch_of(model, loader, optimizer):
    model.train()
    criterion = nn.CrossEntropyLoss()
    mean = torch.zeros(())
    for k, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean += (loss.detach() - mean) / (k + 1)
    return mean.item()


def main():
    torch.manual_seed(99)
    first, n_first = loader_for("birds_a/train", train=True)
    second, n_second = loader_for("birds_b/train", train=True)

    model = torchvision.models.resnet18(num_classes=n_first)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    for epoch in range(30):
        print("a", epoch, epoch_of(model, first, optimizer))

    model.fc = nn.Linear(model.fc.in_features, n_second)
    optimizer.add_param_group({"params": model.fc.parameters(), "lr": 0.1})
    for epoch in range(10):
        print("b", epoch, epoch_of(model, second, optimizer))


main()
