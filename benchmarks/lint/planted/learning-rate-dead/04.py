"""Step decay of a segmentation net."""
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

from lungs import LungNet, scans


def main(epochs=60):
    torch.manual_seed(3)
    net = LungNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    sched = lr_scheduler.StepLR(opt, step_size=1, gamma=0.0)  # PLANTED
    for epoch in range(epochs):
        net.train()
        for ct, mask in scans("train", shuffle=True):
            loss = F.binary_cross_entropy_with_logits(net(ct.cuda()), mask.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        sched.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
