"""Fine-tune a ResNet on flowers: a slow body from the start, a fresh head that joins it."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import models, transforms
from torchvision.datasets import Flowers102

torch.manual_seed(8)
device = "cuda"
model = models.resnet18(weights=models.ResNet18_Weights.DEFAULT).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

model.fc = nn.Linear(model.fc.in_features, 102).to(device)
optimizer.add_param_group({"params": model.fc.parameters(), "lr": 1e-2})

tf = transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()])
loader = DataLoader(Flowers102("data", "train", download=True, transform=tf), 32, shuffle=True)
loss_fn = nn.CrossEntropyLoss()

model.train()
for epoch in range(30):
    total, n = torch.zeros((), device=device), 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        n += len(labels)
    print(f"{epoch:02d} {total.item() / n:.4f}")
