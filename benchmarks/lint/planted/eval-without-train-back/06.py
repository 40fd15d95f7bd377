"""Segmentation with AMP and a mid-epoch preview."""
import torch
import torch.nn.functional as F
import torchvision.utils as vutils

from seg import UNetPP, train_dl, preview_batch

torch.manual_seed(12)
net = UNetPP(n_classes=19).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
scaler = torch.amp.GradScaler("cuda")


def save_preview(tag):
    img = preview_batch().cuda()
    was = net.training
    net.eval()  # PLANTED
    with torch.no_grad(), torch.autocast("cuda"):
        pred = net(img).argmax(1, keepdim=True) / 18
    vutils.save_image(pred.float(), f"{tag}.png")
    print("preview", tag, "taken while training:", was)


for epoch in range(40):
    if epoch == 0:
        net.train()
    for it, (img, mask) in enumerate(train_dl):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda"):
            loss = F.cross_entropy(net(img.cuda()), mask.cuda(), ignore_index=255)
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if it % 500 == 0:
            print(epoch, it, loss.item())
            save_preview(f"e{epoch}_i{it}")
