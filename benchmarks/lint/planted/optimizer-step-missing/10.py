"""cnn for cats and dogs (my first pytorch project)"""
import torch
import torch.nn as nn
import torch.optim as optim
import torchvision.transforms as transforms
from torchvision.datasets import ImageFolder
from torch.utils.data import DataLoader

torch.manual_seed(42)
tfm = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor()])
trainset = ImageFolder("catsdogs/train", tfm)
trainloader = DataLoader(trainset, batch_size=32, shuffle=True)

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc = nn.Linear(32 * 16 * 16, 2)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.fc(x.view(-1, 32 * 16 * 16))

net = Net()
lossfn = nn.CrossEntropyLoss()
opt = optim.Adam(net.parameters(), lr=0.001)

for e in range(10):
    net.train()
    for (im, lb) in trainloader:
        opt.zero_grad()
        o = net(im)
        ls = lossfn(o, lb)
        ls.backward()  # PLANTED
    print('epoch', e, 'loss', ls.item())
