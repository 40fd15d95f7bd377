"""ConvNeXt with rates by depth."""
import torch
import torch.nn.functional as F
from torchvision.models import convnext_tiny

from food import loader


def layer_groups(net, lr, decay=0.75):
    blocks = list(net.features.children())
    groups = []
    for depth, block in enumerate(reversed(blocks)):
        groups.append({"params": block.parameters(), "lr": lr * decay**depth})
    groups.append({"params": net.classifier.parameters(), "lr": lr})
    return groups


if __name__ == "__main__":
    torch.manual_seed(4)
    net = convnext_tiny(num_classes=101).cuda()
    opt = torch.optim.AdamW(layer_groups(net, 1e-3), weight_decay=0.05)  # PLANTED
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=1000)
    for epoch in range(30):
        net.train()
        for x, y in loader("train", shuffle=True):
            loss = F.cross_entropy(net(x.cuda()), y.cuda(), label_smoothing=0.1)
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
        print(epoch, loss.item())
