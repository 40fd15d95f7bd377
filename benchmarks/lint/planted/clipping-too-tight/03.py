"""AMP with clipping by value."""
import torch
import torch.nn.functional as F

from lanes import LaneNet, frames

torch.manual_seed(2)
net = LaneNet().cuda().train()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
scaler = torch.amp.GradScaler("cuda")
for it, (img, mask) in enumerate(frames("train", shuffle=True)):
    opt.zero_grad(set_to_none=True)
    with torch.autocast("cuda"):
        loss = F.cross_entropy(net(img.cuda()), mask.cuda())
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    torch.nn.utils.clip_grad_value_(net.parameters(), clip_value=1e-8)  # PLANTED
    scaler.step(opt)
    scaler.update()
    if it % 100 == 0:
        print(it, loss.item())
