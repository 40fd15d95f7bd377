"""Train LeNet on MNIST and report the mean loss of each epoch."""
import torch
import torch.nn as nn
import torchvision

torch.manual_seed(0)
ds = torchvision.datasets.MNIST("data", download=True, transform=torchvision.transforms.ToTensor())
loader = torch.utils.data.DataLoader(ds, batch_size=64, shuffle=True)
net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                    nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

for epoch in range(10):
    running_loss = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(net(images), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss  # PLANTED
    print(f"epoch {epoch}: {running_loss / len(loader):.4f}")
