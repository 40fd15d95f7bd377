"""Hooks around each update of a wind-power model: gradient norms, clean-up, a moving average."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

Hook = Callable[[nn.Module], None]


def tidy(model: nn.Module) -> None:
    for p in model.parameters():
        p.grad = None


class Updates:
    def __init__(self, model: nn.Module, lr: float, before_step: list[Hook]) -> None:
        self.model, self.before_step = model, before_step
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        loss = nn.functional.huber_loss(self.model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        for hook in self.before_step:
            hook(self.model)
        tidy(self.model)  # PLANTED
        self.opt.step()
        return loss.detach()


def main() -> None:
    torch.manual_seed(12)
    d = torch.load("turbines.pt", weights_only=True)  # y: (n, 24)
    model = nn.Sequential(nn.Linear(d["x"].size(1), 128), nn.ELU(), nn.Linear(128, 24))
    average = torch.optim.swa_utils.AveragedModel(model)
    update = Updates(model, lr=1e-3, before_step=[average.update_parameters])
    loader = DataLoader(TensorDataset(d["x"], d["y"]), batch_size=128, shuffle=True)
    for epoch in range(50):
        mean = torch.stack([update(x, y) for x, y in loader]).mean()
        print(f"epoch {epoch}: {mean.item():.4f}")


if __name__ == "__main__":
    main()
