"""vgg16 flowers (follows a tutorial)"""
import torch
import torch.nn as nn
import torchvision.models as models
from flowers import trainloader

torch.manual_seed(0)
model = models.vgg16(weights="IMAGENET1K_V1")
model.classifier[6] = nn.Linear(4096, 102)
for param in model.parameters():
    param.requires_grad = False  # PLANTED

model.to("cuda")
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.classifier.parameters(), lr=0.001)
for epoch in range(3):
    model.train()
    for inputs, labels in trainloader:
        optimizer.zero_grad()
        loss = criterion(model(inputs.to("cuda")), labels.to("cuda"))
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
