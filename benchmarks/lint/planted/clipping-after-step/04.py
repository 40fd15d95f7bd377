"""AMP loop for depth from stereo."""
import torch
import torch.nn.functional as F

from stereo import StereoNet, sceneflow

torch.manual_seed(14)
net = StereoNet().cuda()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cuda")
net.train()
for it, (left, right, disp) in enumerate(sceneflow(shuffle=True)):
    opt.zero_grad(set_to_none=True)
    with torch.autocast("cuda"):
        pred = net(left.cuda(), right.cuda())
        valid = disp < 192
        loss = F.smooth_l1_loss(pred[valid], disp.cuda()[valid])
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    scaler.step(opt)
    torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)  # PLANTED
    scaler.update()
    if it % 100 == 0:
        print(it, loss.item())
