"""Segmentation under AMP; metrics of the untrained network are printed first."""
import torch
import torch.nn.functional as F

from seg import Net, miou, tiles

torch.manual_seed(5)
net = Net(19).cuda()
net.eval()  # PLANTED
with torch.no_grad():
    print("before training", miou(net, tiles("val")))

opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
scaler = torch.amp.GradScaler("cuda")
for epoch in range(60):
    for x, y in tiles("train", shuffle=True):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda"):
            loss = F.cross_entropy(net(x.cuda()), y.cuda(), ignore_index=255)
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
    print(epoch, loss.item())
