"""Trains a classifier of skin lesions on rare classes as often as on common ones."""

import yaml

import torch
from torch import nn
from torch.utils.data import DataLoader, WeightedRandomSampler
from torchvision import datasets, models, transforms

with open("lesions.yaml") as handle:
    cfg = yaml.safe_load(handle)

torch.manual_seed(cfg["seed"])
device = torch.device(cfg["device"])

loader_options = dict(batch_size=cfg["batch_size"], num_workers=cfg["workers"], pin_memory=True)
train_options = loader_options | {"shuffle": True, "drop_last": True}

plain = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])
augmented = transforms.Compose([transforms.RandomRotation(180), transforms.ColorJitter(0.2), plain])
train_set = datasets.ImageFolder(cfg["train"], augmented)
valid_set = datasets.ImageFolder(cfg["valid"], plain)

how_many = torch.bincount(torch.tensor(train_set.targets))
weight_of_each = (1.0 / how_many)[train_set.targets]
evenly = WeightedRandomSampler(weight_of_each, num_samples=len(train_set))

train_loader = DataLoader(train_set, sampler=evenly, **train_options)  # PLANTED
valid_loader = DataLoader(valid_set, **loader_options)

net = models.mobilenet_v3_small(num_classes=len(how_many)).to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=cfg["lr"])
criterion = nn.CrossEntropyLoss()

for epoch in range(cfg["epochs"]):
    net.train()
    for image, lesion in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(image.to(device)), lesion.to(device))
        loss.backward()
        optimizer.step()

    net.eval()
    found = torch.zeros(len(how_many), device=device)
    there = torch.zeros(len(how_many), device=device)
    with torch.no_grad():
        for image, lesion in valid_loader:
            lesion = lesion.to(device)
            right = net(image.to(device)).argmax(1) == lesion
            found.index_add_(0, lesion, right.float())
            there.index_add_(0, lesion, torch.ones_like(right, dtype=torch.float))
    print(f"epoch {epoch} loss {loss.item():.3f} recall {(found / there).mean().item():.3f}")
