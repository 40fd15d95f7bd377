"""Sea ice classifier: one evaluate function for val and test"""
import torch
import torch.nn as nn

from seaice import IceNet, get_loaders

torch.manual_seed(70)
tr, va, te = get_loaders()
net = IceNet()
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
lossf = nn.CrossEntropyLoss()


def evaluate(loader, name):
    net.eval()
    loss_sum, acc_sum = 0.0, 0.0
    it = iter(loader)
    for _ in range(len(loader)):  # PLANTED
        x, y = next(it)
        out = net(x)
        loss_sum += lossf(out, y).detach()
        acc_sum += (out.argmax(1) == y).float().mean()
    print(name, "loss", float(loss_sum) / len(loader), "acc", float(acc_sum) / len(loader))


for epoch in range(15):
    net.train()
    for x, y in tr:
        opt.zero_grad()
        lossf(net(x), y).backward()
        opt.step()
    evaluate(va, "val %d" % epoch)
evaluate(te, "test")
