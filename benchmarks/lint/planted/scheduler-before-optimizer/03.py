"""Super-resolution with L1 loss and multi-step decay."""
import torch as t
import torch.nn.functional as F
from torch.optim import lr_scheduler

from edsr import EDSR
from div2k import train_loader

t.manual_seed(2017)
G = EDSR(scale=4).cuda()
adam = t.optim.Adam(G.parameters(), lr=1e-4)
decay = lr_scheduler.MultiStepLR(adam, milestones=[200, 400], gamma=0.5)


def one_epoch():
    decay.step()  # PLANTED
    s = t.zeros((), device="cuda")
    for lr_img, hr_img in train_loader:
        adam.zero_grad(set_to_none=True)
        l1 = F.l1_loss(G(lr_img.cuda()), hr_img.cuda())
        l1.backward()
        adam.step()
        s += l1.detach()
    return s.item() / len(train_loader)


if __name__ == "__main__":
    G.train()
    for ep in range(500):
        print("epoch", ep, "L1", one_epoch())
