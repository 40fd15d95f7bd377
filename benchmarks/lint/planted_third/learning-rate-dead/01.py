"""Traffic signs, assignment 3. own CNN, lr gets smaller while it trains so it settles nicely"""
import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
import torchvision.transforms as T
from torch.utils.data import DataLoader, random_split

torch.manual_seed(2023)
tf = T.Compose([T.Resize((32, 32)), T.ToTensor(), T.Normalize((0.34, 0.31, 0.32), (0.27, 0.26, 0.27))])
full = torchvision.datasets.GTSRB("data", split="train", transform=tf, download=True)
n_val = len(full) // 10
trainset, valset = random_split(full, [len(full) - n_val, n_val])
trainloader = DataLoader(trainset, batch_size=64, shuffle=True, num_workers=2)
valloader = DataLoader(valset, batch_size=256, num_workers=2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 32, 5)
        self.c2 = nn.Conv2d(32, 64, 5)
        self.pool = nn.MaxPool2d(2)
        self.f1 = nn.Linear(64 * 5 * 5, 256)
        self.f2 = nn.Linear(256, 43)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.pool(torch.relu(self.c1(x)))
        x = self.pool(torch.relu(self.c2(x)))
        x = self.drop(torch.relu(self.f1(x.flatten(1))))
        return self.f2(x)


device = "cuda" if torch.cuda.is_available() else "cpu"
net = Net().to(device)
lossf = nn.CrossEntropyLoss()
opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for ep in range(30):
    net.train()
    s = torch.zeros((), device=device)
    for img, sign in trainloader:
        img, sign = img.to(device), sign.to(device)
        opt.zero_grad()
        l = lossf(net(img), sign)
        l.backward()
        opt.step()
        s += l.detach()
        for g in opt.param_groups:
            g["lr"] *= 0.9  # PLANTED

    net.eval()
    ok = torch.zeros((), device=device)
    with torch.no_grad():
        for img, sign in valloader:
            ok += (net(img.to(device)).argmax(1) == sign.to(device)).sum()
    print("ep", ep, "loss", s.item() / len(trainloader), "val", ok.item() / n_val)
