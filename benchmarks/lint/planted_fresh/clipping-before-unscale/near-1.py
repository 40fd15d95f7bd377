"""Train a video classifier in float16; the optimizer bounds its gradients before each step."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models.video import r3d_18

from ucf import UCFClips

torch.manual_seed(101)
net = r3d_18(num_classes=101).cuda().train()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
scaler = torch.amp.GradScaler("cuda")


def bound(optimizer, args, kwargs):
    # The scaler has unscaled the gradients by the time it calls the optimizer.
    for group in optimizer.param_groups:
        torch.nn.utils.clip_grad_norm_(group["params"], 2.0)


opt.register_step_pre_hook(bound)
clips = DataLoader(UCFClips("train", frames=16), batch_size=12, shuffle=True, num_workers=8)
for epoch in range(45):
    for i, (clip, label) in enumerate(clips):
        with torch.autocast("cuda", dtype=torch.float16):
            loss = F.cross_entropy(net(clip.cuda()), label.cuda())
        opt.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if i % 100 == 0:
            print(f"epoch {epoch} clip batch {i} loss {loss.item():.3f}")
