"""Chest X-rays: train the top of a DenseNet."""
import torch
import torch.nn.functional as F
from torchvision.models import densenet121

from xray import loader


def freeze_all_but(net, prefixes):
    for name, p in net.named_parameters():
        p.requires_grad = name.startswith(tuple(prefixes))  # PLANTED


def main(epochs=10):
    torch.manual_seed(7)
    net = densenet121(weights="DEFAULT")
    net.classifier = torch.nn.Linear(1024, 14)
    freeze_all_but(net, ["fc.", "layer4."])
    net.cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(epochs):
        net.train()
        for x, y in loader("train", shuffle=True):
            loss = F.binary_cross_entropy_with_logits(net(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
