"""Train a ResNet on CIFAR-10 for 200 epochs with cosine decay."""
import torch
import torchvision
import torchvision.transforms as T
from torch import nn

torch.manual_seed(0)
EPOCHS = 200
tf = T.Compose([T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor()])
ds = torchvision.datasets.CIFAR10("data", train=True, transform=tf, download=True)
loader = torch.utils.data.DataLoader(ds, batch_size=128, shuffle=True, num_workers=2)
net = torchvision.models.resnet18(num_classes=10).cuda()
crit = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=EPOCHS)

for epoch in range(EPOCHS):
    net.train()
    for x, y in loader:
        x, y = x.cuda(), y.cuda()
        opt.zero_grad()
        loss = crit(net(x), y)
        loss.backward()
        opt.step()
        sched.step()  # PLANTED
    print(f"epoch {epoch} loss {loss.item():.4f}")
