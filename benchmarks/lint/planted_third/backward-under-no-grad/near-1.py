"""Trains a tabular classifier by sharpness-aware steps: climb to the worst near point, then descend."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@torch.no_grad()
def sharpness_aware_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, objective: Callable[[], Tensor], rho: float
) -> Tensor:
    """One step of Foret et al. 2021 (arXiv 2010.01412, algorithm 1); returns the first loss."""
    optimizer.zero_grad()
    with torch.enable_grad():
        loss = objective()
        loss.backward()

    moved = [p for p in model.parameters() if p.grad is not None]
    norm = torch.stack([p.grad.norm() for p in moved]).norm() + 1e-12
    shifts = [p.grad * (rho / norm) for p in moved]
    torch._foreach_add_(moved, shifts)

    optimizer.zero_grad()
    with torch.enable_grad():
        objective().backward()

    torch._foreach_sub_(moved, shifts)
    optimizer.step()
    return loss.detach()


def main() -> None:
    torch.manual_seed(31)
    table = torch.load("covertype.pt", weights_only=True)
    loader = DataLoader(TensorDataset(table["x"], table["y"]), batch_size=256, shuffle=True)
    model = nn.Sequential(nn.Linear(54, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 7))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    for epoch in range(30):
        total = torch.zeros(())
        for x, y in loader:
            total += sharpness_aware_step(
                model, optimizer, lambda: F.cross_entropy(model(x), y), rho=0.05
            )
        print(f"epoch {epoch:2d} loss {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
