"""Train a denoiser; what goes on is kept whole, what is served afterwards is the weights alone."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from denoise import NoisyPatches, UNet

torch.manual_seed(33)
net = UNet(channels=3).cuda()
opt = torch.optim.Adam(net.parameters(), lr=2e-4)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=80)
train = DataLoader(NoisyPatches("train"), batch_size=32, shuffle=True, num_workers=4)
val = DataLoader(NoisyPatches("val"), batch_size=64)


def keep(path, epoch, best):
    everything = dict(
        epoch=epoch, best=best, net=net.state_dict(), opt=opt.state_dict(),
        cosine=cosine.state_dict(), rng=torch.get_rng_state(),
    )
    torch.save(everything, path)


best = float("inf")
for epoch in range(80):
    net.train()
    for noisy, clean in train:
        opt.zero_grad()
        loss = F.l1_loss(net(noisy.cuda()), clean.cuda())
        loss.backward()
        opt.step()
    cosine.step()
    net.eval()
    with torch.no_grad():
        error = sum(F.l1_loss(net(n.cuda()), c.cuda()) for n, c in val).item() / len(val)
    print(f"epoch {epoch} train {loss.item():.4f} val {error:.4f}")
    if error < best:
        best = error
        torch.save(net.state_dict(), "served/weights.pt")
    keep("last.pt", epoch, best)
