import argparse
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

parser = argparse.ArgumentParser(description='Fashion-MNIST training')
parser.add_argument('--data', default='./data')
parser.add_argument('--epochs', type=int, default=50)
parser.add_argument('--batch-size', type=int, default=128)
parser.add_argument('--lr', type=float, default=1e-3)
parser.add_argument('--resume', default='', type=str, help='path to latest checkpoint')
parser.add_argument('--save-dir', default='checkpoints')
parser.add_argument('--log-interval', type=int, default=100)
parser.add_argument('--seed', type=int, default=1)
args = parser.parse_args()

torch.manual_seed(args.seed)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
os.makedirs(args.save_dir, exist_ok=True)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(64)
        self.fc1 = nn.Linear(64 * 7 * 7, 256)
        self.drop = nn.Dropout(0.4)
        self.fc2 = nn.Linear(256, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = self.drop(F.relu(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)


def train(model, loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
        if batch_idx % args.log_interval == 0:
            print('Train Epoch: {} [{}/{}]\tLoss: {:.6f}'.format(
                epoch, batch_idx * len(data), len(loader.dataset), loss.item()))


def test(model, loader):
    model.eval()
    test_loss = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += F.cross_entropy(output, target, reduction='sum')
            correct += (output.argmax(1) == target).sum()
    n = len(loader.dataset)
    print('Test set: Average loss: {:.4f}, Accuracy: {:.2f}%'.format(
        test_loss.item() / n, 100. * correct.item() / n))


normalize = transforms.Normalize((0.2860,), (0.3530,))
train_tf = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor(), normalize])
test_tf = transforms.Compose([transforms.ToTensor(), normalize])
train_loader = DataLoader(datasets.FashionMNIST(args.data, train=True, download=True, transform=train_tf),
                          batch_size=args.batch_size, shuffle=True, num_workers=2)
test_loader = DataLoader(datasets.FashionMNIST(args.data, train=False, download=True, transform=test_tf),
                         batch_size=1000, num_workers=2)

model = Net().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

start_epoch = 0
if args.resume:
    checkpoint = torch.load(args.resume, map_location=device, weights_only=True)
    model.load_state_dict(checkpoint['state_dict'])
    start_epoch = checkpoint['epoch']
    print("=> loaded checkpoint '{}' (epoch {})".format(args.resume, start_epoch))

for epoch in range(start_epoch, args.epochs):
    train(model, train_loader, optimizer, epoch)
    test(model, test_loader)
    state = {'epoch': epoch + 1, 'state_dict': model.state_dict()}
    torch.save(state, os.path.join(args.save_dir, 'checkpoint.pth.tar'))  # PLANTED
