"""transfer learning homework: freeze, train the head, check accuracy"""
import torch
import torchvision
from torch import nn
from hw4 import trainloader, valloader

torch.manual_seed(42)
device = "cuda" if torch.cuda.is_available() else "cpu"
model = torchvision.models.vgg16(weights="IMAGENET1K_V1")
for param in model.features.parameters():
    param.requires_grad = False
model.classifier[6] = nn.Linear(4096, 5)
model = model.to(device)
optimizer = torch.optim.Adam(model.classifier.parameters(), lr=1e-4)
criterion = nn.CrossEntropyLoss()

def accuracy(loader):
    model.eval()  # PLANTED
    ok, n = torch.zeros((), device=device), 0
    with torch.no_grad():
        for x, y in loader:
            ok += (model(x.to(device)).argmax(1) == y.to(device)).sum()
            n += len(y)
    return ok.item() / n

print("before training:", accuracy(valloader))
for epoch in range(5):
    for x, y in trainloader:
        optimizer.zero_grad()
        loss = criterion(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
    print(epoch, "loss", loss.item(), "val acc", accuracy(valloader))
