"""Names moths on trail-camera pictures, most of which show the same few kinds (logit adjustment)."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import models

from moths import MothPictures


class Adjusted(nn.Module):
    """Cross entropy with scores moved by how common each kind is: Menon et al. 2021 (arXiv 2007.07314)."""

    def __init__(self, counts: torch.Tensor, tau: float = 1.0) -> None:
        super().__init__()
        prior = (counts + 1) / (counts + 1).sum()
        self.register_buffer("shift", tau * torch.log(prior))

    def forward(self, logits: torch.Tensor, kind: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits + self.shift, kind)


@torch.no_grad()
def balanced_accuracy(net: nn.Module, loader: DataLoader, kinds: int) -> tuple[float, float]:
    """The mean recall over kinds, and how sure the network is of what it says."""
    net.eval()
    right = torch.zeros(kinds, device="cuda")
    seen = torch.zeros(kinds, device="cuda")
    sure = []
    for picture, kind in loader:
        kind = kind.cuda()
        chance, said = net(picture.cuda()).softmax(dim=-1).max(dim=-1)
        right.index_add_(0, kind, (said == kind).float())
        seen.index_add_(0, kind, torch.ones_like(chance))
        sure.append(chance)
    net.train()
    return (right / seen.clamp_min(1)).mean().item(), torch.cat(sure).mean().item()


def main() -> None:
    torch.manual_seed(17)
    train_set, val_set = MothPictures("train"), MothPictures("val")
    kinds = len(train_set.kinds)
    train = DataLoader(train_set, batch_size=64, shuffle=True, num_workers=6)
    val = DataLoader(val_set, batch_size=256, num_workers=2)
    net = models.resnet34(weights=None, num_classes=kinds).cuda()
    criterion = Adjusted(torch.bincount(train_set.labels, minlength=kinds).float()).cuda()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(60):
        total = torch.zeros((), device="cuda")
        for picture, kind in train:
            loss = criterion(net(picture.cuda()), kind.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        recall, sure = balanced_accuracy(net, val, kinds)
        print(f"{epoch:2d} loss {total.item() / len(train):.4f} recall {recall:.4f} sure {sure:.3f}")


if __name__ == "__main__":
    main()
