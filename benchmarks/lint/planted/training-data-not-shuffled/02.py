"""Image folders and a ResNet-18 in a pipeline class."""
import torch
import torchvision
from torch import nn
from torchvision import transforms as T


class Pipeline:
    def __init__(self, root):
        torch.manual_seed(2)
        tf = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor()])
        train = torchvision.datasets.ImageFolder(f"{root}/train", tf)
        val = torchvision.datasets.ImageFolder(f"{root}/val", tf)
        self.train_loader = torch.utils.data.DataLoader(train, batch_size=32, num_workers=4, pin_memory=True)  # PLANTED
        self.val_loader = torch.utils.data.DataLoader(val, batch_size=64, num_workers=4)
        self.net = torchvision.models.resnet18(num_classes=len(train.classes)).cuda()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9)
        self.ce = nn.CrossEntropyLoss()

    def train(self, epochs):
        for epoch in range(epochs):
            self.net.train()
            for x, y in self.train_loader:
                self.opt.zero_grad()
                loss = self.ce(self.net(x.cuda()), y.cuda())
                loss.backward()
                self.opt.step()
            print(epoch, loss.item(), self.accuracy())

    @torch.no_grad()
    def accuracy(self):
        self.net.eval()
        ok = sum((self.net(x.cuda()).argmax(1) == y.cuda()).sum() for x, y in self.val_loader)
        return ok.item() / len(self.val_loader.dataset)
