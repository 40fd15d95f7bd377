"""Gradient accumulation for a large ResNet on one card."""
import torch
import torch.nn as nn
import torchvision

from imagenet import train_loader

torch.manual_seed(0)
accumulation_steps = 8
model = torchvision.models.resnet101(num_classes=1000).cuda()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

for epoch in range(90):
    model.train()
    optimizer.zero_grad()
    for i, (images, target) in enumerate(train_loader):
        output = model(images.cuda())
        loss = criterion(output, target.cuda())
        loss.backward()  # PLANTED
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(epoch, loss.item())
