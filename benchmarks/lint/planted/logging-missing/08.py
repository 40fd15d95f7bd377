"""AMP training with best weights kept by validation."""
import copy

import torch
import torch.nn.functional as F

from polyps import Net, loaders


@torch.no_grad()
def dice(net, loader):
    net.eval()
    total = torch.zeros((), device="cuda")
    for x, m in loader:
        p = net(x.cuda()).sigmoid() > 0.5
        m = m.cuda().bool()
        total += 2 * (p & m).sum() / (p.sum() + m.sum()).clamp(min=1)
    net.train()
    return total.item() / len(loader)


def main(epochs=60):
    torch.manual_seed(7)
    train, val = loaders()
    net, best, kept = Net().cuda(), 0.0, None
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler("cuda")
    net.train()
    for _ in range(epochs):  # PLANTED
        for x, m in train:
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda"):
                loss = F.binary_cross_entropy_with_logits(net(x.cuda()), m.cuda())
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        score = dice(net, val)
        if score > best:
            best, kept = score, copy.deepcopy(net.state_dict())
    return kept


if __name__ == "__main__":
    main()
