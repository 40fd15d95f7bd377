"""Mixed precision on Tiny ImageNet."""
import torch
import torch.nn.functional as F

from tiny import loader, model

torch.manual_seed(0)
net = model().cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler("cuda")

for epoch in range(30):
    net.train()
    for x, y in loader("train", shuffle=True):
        opt.zero_grad()
        with torch.autocast("cuda"):
            out = net(x.cuda())
            loss = F.cross_entropy(out, y.cuda())
            scaler.scale(loss).backward()  # PLANTED
        scaler.step(opt)
        scaler.update()
    print(epoch, loss.item())
