"""Student code: cats and dogs with accuracy worked out on the way."""

import numpy as np
import torch
import torch.nn as nn
import torchvision
from torch.utils.data import DataLoader
from torchvision import transforms

torch.manual_seed(1234)
np.random.seed(1234)
device = torch.device("cuda:0")

tf = transforms.Compose([
    transforms.RandomResizedCrop(160),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])
trainset = torchvision.datasets.ImageFolder("PetImages/train", tf)
trainloader = DataLoader(trainset, batch_size=64, shuffle=True, num_workers=2)

model = torchvision.models.resnet18(weights=None)
model.fc = nn.Linear(model.fc.in_features, 2)
model = model.to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
num_epochs = 20

for epoch in range(num_epochs):
    model.train()
    running_loss = torch.zeros(1, device=device)
    n_correct = 0
    for inputs, labels in trainloader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.detach()
        n_correct += np.count_nonzero(torch.eq(outputs.argmax(1), labels).cpu().numpy())  # PLANTED
    print("Epoch %d/%d" % (epoch + 1, num_epochs))
    print("  loss %.4f" % (running_loss.item() / len(trainloader)))
    print("  acc  %.4f" % (n_correct / len(trainset)))
