"""Fine-tune the head and the last block of a ResNet."""
import torch
import torchvision
from torch import nn

from moss import loader


def build(classes):
    net = torchvision.models.resnet50(weights="DEFAULT")
    for p in net.parameters():
        p.requires_grad = False
    for p in net.layer4.parameters():
        p.requires_grad = True  # last block is trained too
    net.fc = nn.Linear(2048, classes)
    return net


def main(epochs=10):
    torch.manual_seed(4)
    net = build(12).cuda()
    opt = torch.optim.Adam(net.fc.parameters(), lr=1e-3)  # PLANTED
    ce = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        net.train()
        for x, y in loader("train", shuffle=True):
            loss = ce(net(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
