"""ResNet in half precision."""
import torch
import torch.nn as nn
import torchvision

from data import loader

torch.manual_seed(0)
net = torchvision.models.resnet50(num_classes=100).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
ce = nn.CrossEntropyLoss()
for epoch in range(30):
    net.train()
    for x, y in loader("train", shuffle=True):
        opt.zero_grad()
        with torch.autocast(device_type="cuda", dtype=torch.float16):
            loss = ce(net(x.cuda()), y.cuda())
        loss.backward()  # PLANTED
        opt.step()
    print(epoch, loss.item())
