"""Go on with a tabular classifier from last night's checkpoint, then train it for a while longer."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


def network(num_features: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(num_features, 256), nn.SiLU(), nn.Dropout(0.1), nn.Linear(256, 7)
    )


def restore(path: Path, num_features: int) -> tuple[nn.Module, torch.optim.Optimizer, int]:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model = network(num_features)
    model.load_state_dict(saved["model"])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)  # PLANTED
    optimizer.load_state_dict(saved["optimizer"])
    return model, optimizer, saved["epoch"] + 1


def one_pass(model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader) -> Tensor:
    model.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean()


def main() -> None:
    torch.manual_seed(0)
    path = Path("runs/covertype.pt")
    x, y = torch.load("covertype_train.pt", weights_only=True)
    model, optimizer, start = restore(path, x.shape[1])
    model.to("cuda")
    loader = DataLoader(TensorDataset(x, y), batch_size=1024, shuffle=True)
    for epoch in range(start, start + 20):
        mean = one_pass(model, optimizer, loader)
        print(f"epoch {epoch}: {mean.item():.4f}")
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
        torch.save(state, path)


if __name__ == "__main__":
    main()
