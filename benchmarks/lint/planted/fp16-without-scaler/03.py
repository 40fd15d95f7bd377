"""Digits in half precision."""
import torch
import torch.nn.functional as F

from digits import loader, ConvNet

torch.manual_seed(2)
model = ConvNet().cuda().half()
opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for epoch in range(10):
    model.train()
    for x, y in loader("train", shuffle=True):
        out = model(x.cuda().half())
        loss = F.cross_entropy(out.float(), y.cuda())
        opt.zero_grad()
        loss.backward()  # PLANTED
        opt.step()
    print(epoch, loss.item())
