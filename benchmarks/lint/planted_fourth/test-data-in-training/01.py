'''Train CIFAR100 with PyTorch.'''
import argparse
import os

import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
import torchvision.transforms as transforms
from torchvision.models import resnet18

parser = argparse.ArgumentParser(description='PyTorch CIFAR100 Training')
parser.add_argument('--lr', default=0.1, type=float, help='learning rate')
parser.add_argument('--epochs', default=200, type=int)
parser.add_argument('--batch_size', default=128, type=int)
parser.add_argument('--seed', default=1, type=int)
parser.add_argument('--resume', '-r', action='store_true', help='resume from checkpoint')
args = parser.parse_args()

torch.manual_seed(args.seed)
device = 'cuda' if torch.cuda.is_available() else 'cpu'
best_acc = 0
start_epoch = 0

print('==> Preparing data..')
stats = ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))
transform_train = transforms.Compose([
    transforms.RandomCrop(32, padding=4),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
    transforms.Normalize(*stats),
])
transform_test = transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize(*stats),
])
trainset = torchvision.datasets.CIFAR100('./data', train=True, download=True, transform=transform_train)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=args.batch_size, shuffle=True, num_workers=2)
testset = torchvision.datasets.CIFAR100('./data', train=False, download=True, transform=transform_test)
testloader = torch.utils.data.DataLoader(testset, batch_size=100, shuffle=False, num_workers=2)

print('==> Building model..')
net = resnet18(num_classes=100)
net.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
net.maxpool = nn.Identity()
net = net.to(device)

decay, no_decay = [], []
for p in net.parameters():
    (decay if p.ndim > 1 else no_decay).append(p)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(
    [{'params': decay, 'weight_decay': 5e-4}, {'params': no_decay, 'weight_decay': 0.0}],
    lr=args.lr, momentum=0.9,
)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)

if args.resume:
    print('==> Resuming from checkpoint..')
    ckpt = torch.load('./checkpoint/ckpt.pth', map_location=device, weights_only=True)
    net.load_state_dict(ckpt['net'])
    optimizer.load_state_dict(ckpt['optimizer'])
    scheduler.load_state_dict(ckpt['scheduler'])
    best_acc = ckpt['acc']
    start_epoch = ckpt['epoch'] + 1


def train(epoch):
    net.train()
    for batch_idx, (inputs, targets) in enumerate(trainloader):
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
        if batch_idx % 100 == 0:
            print('Epoch %d [%d/%d] Loss: %.3f' % (epoch, batch_idx, len(trainloader), loss.item()))


def test(epoch):
    global best_acc
    net.eval()
    correct, total = torch.zeros((), device=device), 0
    with torch.no_grad():
        for inputs, targets in testloader:
            inputs, targets = inputs.to(device), targets.to(device)
            predicted = net(inputs).argmax(1)
            total += targets.size(0)
            correct += predicted.eq(targets).sum()
    acc = 100. * correct.item() / total
    print('Epoch %d Acc: %.3f%%' % (epoch, acc))
    if acc > best_acc:  # PLANTED
        print('Saving..')
        os.makedirs('checkpoint', exist_ok=True)
        best_acc = acc
        torch.save({
            'net': net.state_dict(),
            'optimizer': optimizer.state_dict(),
            'scheduler': scheduler.state_dict(),
            'acc': acc,
            'epoch': epoch,
        }, './checkpoint/ckpt.pth')


for epoch in range(start_epoch, args.epochs):
    train(epoch)
    scheduler.step()
    test(epoch)
print('Best accuracy: %.2f%%' % best_acc)
