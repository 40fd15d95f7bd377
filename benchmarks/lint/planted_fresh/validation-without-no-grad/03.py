"""Flow matching on molecules' conformers; the held-out loss is averaged over fixed times."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from conformers import Conformers, VelocityNet  # x: (b, atoms, 3)


def flow_loss(net: nn.Module, x1: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    x0 = torch.randn_like(x1)
    at = t.view(-1, 1, 1)
    return (net((1 - at) * x0 + at * x1, t) - (x1 - x0)).square().mean()


def held_out(net: nn.Module, loader: DataLoader, times: int = 8) -> float:
    with torch.no_grad():
        net.eval()
        grid = torch.linspace(0.05, 0.95, times, device="cuda")
    losses = []
    for x in loader:  # PLANTED
        x = x.cuda()
        for t in grid:
            losses.append(flow_loss(net, x, t.expand(len(x))).detach())
    net.train()
    return torch.stack(losses).mean().item()


def main() -> None:
    torch.manual_seed(1859)
    net = VelocityNet(width=256).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=2e-4)
    train = DataLoader(Conformers("train"), batch_size=128, shuffle=True, num_workers=4)
    val = DataLoader(Conformers("val"), batch_size=128, num_workers=4)
    for epoch in range(120):
        total = torch.zeros((), device="cuda")
        for x in train:
            x = x.cuda()
            loss = flow_loss(net, x, torch.rand(len(x), device="cuda"))
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} train {total.item() / len(train):.4f} val {held_out(net, val):.4f}")


if __name__ == "__main__":
    main()
