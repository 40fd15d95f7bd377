"""Cloud removal: SSIM on validation tiles, in AMP."""
import torch
import torch.nn.functional as F
from torch.amp import GradScaler, autocast
from torchmetrics.functional.image import structural_similarity_index_measure as ssim

from clouds import Net, tiles


def validate(net):
    net.eval()
    score = torch.zeros((), device="cuda")
    loader = tiles("val")
    for cloudy, clear in loader:  # PLANTED
        with autocast("cuda"):
            out = net(cloudy.cuda())
        score += ssim(out.float().detach(), clear.cuda())
    return score.item() / len(loader)


if __name__ == "__main__":
    torch.manual_seed(24)
    net = Net().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=2e-4)
    scaler = GradScaler("cuda")
    for epoch in range(100):
        net.train()
        for cloudy, clear in tiles("train", shuffle=True):
            opt.zero_grad(set_to_none=True)
            with autocast("cuda"):
                loss = F.l1_loss(net(cloudy.cuda()), clear.cuda())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        print(epoch, loss.item(), validate(net))
