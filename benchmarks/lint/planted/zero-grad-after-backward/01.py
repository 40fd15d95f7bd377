"""Image classifier on Fashion-MNIST."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

torch.manual_seed(0)
loader = DataLoader(FashionMNIST("data", train=True, download=True, transform=ToTensor()),
                    batch_size=64, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)

for t in range(5):
    print(f"Epoch {t + 1}\n-------------------------------")
    model.train()
    for batch, (X, y) in enumerate(loader):
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.zero_grad()  # PLANTED
        optimizer.step()
        if batch % 100 == 0:
            print(f"loss: {loss.item():>7f}")
print("Done!")
