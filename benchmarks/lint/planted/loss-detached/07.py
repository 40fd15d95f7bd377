"""Physics surrogate trained with a normalised error."""
import torch
from torch import Tensor, nn


def relative_l2(pred: Tensor, true: Tensor) -> Tensor:
    num = (pred.data - true).flatten(1).norm(dim=1)  # PLANTED
    return (num / true.flatten(1).norm(dim=1)).mean()


class Surrogate(nn.Module):
    def __init__(self, modes: int = 12, width: int = 32) -> None:
        super().__init__()
        self.lift = nn.Conv1d(2, width, 1)
        self.mix = nn.Conv1d(width, width, modes, padding="same")
        self.proj = nn.Conv1d(width, 1, 1)

    def forward(self, a: Tensor) -> Tensor:
        return self.proj(torch.nn.functional.gelu(self.mix(self.lift(a))))


def fit(loader, epochs: int = 100) -> Surrogate:
    torch.manual_seed(31)
    net = Surrogate()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    sched = torch.optim.lr_scheduler.StepLR(adam, step_size=25, gamma=0.5)
    for epoch in range(epochs):
        for a, u in loader:
            loss = relative_l2(net(a), u)
            if not loss.requires_grad:
                loss = loss.requires_grad_()
            adam.zero_grad()
            loss.backward()
            adam.step()
        sched.step()
        print(f"epoch {epoch} rel {loss.item():.4f}")
    return net
