"""Train on CIFAR-100 with step decay."""
import torch
import torchvision
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR

torch.manual_seed(0)
tf = torchvision.transforms.ToTensor()
train_data = torchvision.datasets.CIFAR100("data", train=True, transform=tf, download=True)
train_loader = torch.utils.data.DataLoader(train_data, batch_size=128, shuffle=True)
net = torchvision.models.resnet18(num_classes=100)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = StepLR(optimizer, step_size=30, gamma=0.1)

for epoch in range(90):
    scheduler.step()  # PLANTED
    net.train()
    running_loss = 0.0
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.detach()
    print(f"epoch {epoch} loss {float(running_loss) / len(train_loader):.4f}")
