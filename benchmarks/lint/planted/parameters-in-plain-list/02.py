"""Multi-head regressor: one output layer a target, kept by name."""
import torch
from torch import nn


class MultiTask(nn.Module):
    def __init__(self, d: int, targets: list[str]) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(d, 128), nn.ReLU())
        self.heads = {name: nn.Linear(128, 1) for name in targets}  # PLANTED

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        h = self.trunk(x)
        return {name: head(h).squeeze(-1) for name, head in self.heads.items()}


def train(loader, d: int, targets: list[str], epochs: int = 20) -> MultiTask:
    torch.manual_seed(2)
    model = MultiTask(d, targets)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, ys in loader:
            out = model(x)
            loss = sum(nn.functional.mse_loss(out[k], ys[k]) for k in targets)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    return model
