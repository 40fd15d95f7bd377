"""Semantic segmentation with a dictionary of losses."""
import torch
import torch.nn.functional as F
from torchvision.models.segmentation import deeplabv3_resnet50

LOSSES = {
    "ce": lambda out, mask: F.cross_entropy(out, mask, ignore_index=255),
    "mse": lambda out, mask: F.mse_loss(out, mask),
}


def predict(net, image):
    out = net(image)["out"]
    return out.softmax(dim=1)  # PLANTED


def iteration(net, opt, image, mask):
    opt.zero_grad()
    loss = LOSSES["ce"](predict(net, image), mask)
    loss.backward()
    opt.step()
    return loss.detach()


def run(loader, steps=40_000):
    torch.manual_seed(44)
    net = deeplabv3_resnet50(num_classes=21).cuda().train()
    opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    poly = torch.optim.lr_scheduler.PolynomialLR(opt, total_iters=steps, power=0.9)
    for step, (image, mask) in enumerate(loader):
        loss = iteration(net, opt, image.cuda(), mask.cuda())
        poly.step()
        if step % 100 == 0:
            print(step, loss.item())
        if step >= steps:
            break
