"""Insects with a timm model."""
import timm
import torch
from torch import nn

from insects import loader, NUM


def setup(name):
    net = timm.create_model(name, pretrained=True).cuda()
    groups = [{"params": net.parameters(), "lr": 1e-4}]
    opt = torch.optim.RMSprop(groups)  # PLANTED
    net.reset_classifier(NUM)
    net.cuda()
    return net, opt


if __name__ == "__main__":
    torch.manual_seed(2)
    net, opt = setup("mobilenetv3_large_100")
    ce = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(12):
        net.train()
        for x, y in loader("train", shuffle=True):
            opt.zero_grad()
            loss = ce(net(x.cuda()), y.cuda())
            loss.backward()
            opt.step()
        print(epoch, loss.item())
