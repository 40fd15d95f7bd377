"""Sort recycling by material: a SqueezeNet with its last layers exchanged."""

import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(48)
weights = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
net = torchvision.models.squeezenet1_1(weights=weights)
net.classifier[1] = nn.Conv2d(512, 6, kernel_size=1)
net.classifier.add_module("flat", nn.Flatten())
net.classifier.add_module("probs", nn.Softmax(dim=1))  # PLANTED
net = net.cuda()

folder = torchvision.datasets.ImageFolder("trash/train", weights.transforms())
loader = DataLoader(folder, batch_size=64, shuffle=True, num_workers=4)
val_folder = torchvision.datasets.ImageFolder("trash/val", weights.transforms())
val_loader = DataLoader(val_folder, batch_size=128, num_workers=4)

optimizer = torch.optim.SGD(net.parameters(), lr=0.002, momentum=0.9)
objective = nn.CrossEntropyLoss()

for epoch in range(25):
    net.train()
    total = torch.zeros((), device="cuda")
    for picture, material in loader:
        optimizer.zero_grad()
        loss = objective(net(picture.cuda()), material.cuda())
        loss.backward()
        optimizer.step()
        total += loss.detach()

    net.eval()
    sure, right = torch.zeros((), device="cuda"), torch.zeros((), device="cuda")
    with torch.no_grad():
        for picture, material in val_loader:
            confidence, guess = net(picture.cuda()).max(dim=1)
            sure += confidence.sum()
            right += (guess == material.cuda()).sum()
    n = len(val_folder)
    print(f"{epoch}: loss {total.item() / len(loader):.3f} "
          f"accuracy {right.item() / n:.3f} confidence {sure.item() / n:.3f}")
