"""Cosine over all updates of a segmentation net under AMP."""
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

from seg import Net, loader


def main(epochs=80):
    torch.manual_seed(2)
    dl = loader("train", shuffle=True)
    net = Net().cuda()
    opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    sched = lr_scheduler.CosineAnnealingLR(opt, T_max=len(dl) * epochs)
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(epochs):
        net.train()
        for x, y in dl:
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = F.cross_entropy(net(x.cuda()), y.cuda(), ignore_index=255)
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        sched.step()  # PLANTED
        print(epoch, loss.item(), sched.get_last_lr())


if __name__ == "__main__":
    main()
