"""Fabric-driven training of a video quality model, phases in a dictionary of loaders."""

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader

from quality import QualityNet, RatedClips  # QualityNet has dropout and batch norm


def main(epochs: int = 25) -> None:
    fabric = L.Fabric(accelerator="cuda", devices=1, precision="16-mixed")
    fabric.seed_everything(71)
    model = QualityNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    model, optimizer = fabric.setup(model, optimizer)
    train, val = fabric.setup_dataloaders(
        DataLoader(RatedClips("train"), batch_size=8, shuffle=True, num_workers=6),
        DataLoader(RatedClips("val"), batch_size=8, num_workers=6),
    )
    l1 = nn.L1Loss()

    model.train()
    for epoch in range(epochs):
        train_error, val_error = [], []
        for clip, rating in train:
            optimizer.zero_grad()
            loss = l1(model(clip).squeeze(-1), rating)
            fabric.backward(loss)
            optimizer.step()
            train_error.append(loss.detach())

        with torch.no_grad():
            for clip, rating in val:  # PLANTED
                val_error.append(l1(model(clip).squeeze(-1), rating))

        fabric.print(
            f"epoch {epoch}: train {torch.stack(train_error).mean().item():.3f} "
            f"val {torch.stack(val_error).mean().item():.3f}"
        )


if __name__ == "__main__":
    main()
