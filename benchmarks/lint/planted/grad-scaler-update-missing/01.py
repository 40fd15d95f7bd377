"""ResNet on CIFAR-10 in half precision."""
import torch
import torch.nn as nn
import torchvision
import torchvision.transforms as T

torch.manual_seed(0)
ds = torchvision.datasets.CIFAR10("data", transform=T.ToTensor(), download=True)
loader = torch.utils.data.DataLoader(ds, batch_size=128, shuffle=True)
net = torchvision.models.resnet18(num_classes=10).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
scaler = torch.amp.GradScaler("cuda")

for epoch in range(10):
    net.train()
    for x, y in loader:
        x, y = x.cuda(), y.cuda()
        opt.zero_grad()
        with torch.autocast("cuda"):
            loss = criterion(net(x), y)
        scaler.scale(loss).backward()
        scaler.step(opt)  # PLANTED
    print(epoch, loss.item())
