"""Pre-trains a masked autoencoder on microscope pictures; goes on where a killed job stopped."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

from microscope import CellPictures, MaskedAutoencoder

FOLDER = Path("runs/mae")
EPOCHS, WARM_UP, PEAK = 400, 20, 1.5e-4


def rate(epoch: int) -> float:
    if epoch < WARM_UP:
        return PEAK * (epoch + 1) / WARM_UP
    return PEAK * 0.5 * (1 + math.cos(math.pi * (epoch - WARM_UP) / (EPOCHS - WARM_UP)))


def write(model: torch.nn.Module, epoch: int) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), FOLDER / "last.safetensors")  # PLANTED
    (FOLDER / "last.json").write_text(json.dumps({"epoch": epoch}))


def take_up(model: torch.nn.Module) -> int:
    """Puts the last weights back; returns the epoch to begin with."""
    if not (FOLDER / "last.json").exists():
        return 0
    model.load_state_dict(load_file(FOLDER / "last.safetensors"))
    return json.loads((FOLDER / "last.json").read_text())["epoch"] + 1


def main() -> None:
    torch.manual_seed(999)
    model = MaskedAutoencoder(patch=16, masked_share=0.75).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK, betas=(0.9, 0.95))
    loader = DataLoader(CellPictures("cells"), batch_size=128, shuffle=True, num_workers=8, drop_last=True)

    for epoch in range(take_up(model), EPOCHS):
        torch.manual_seed(1000 + epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate(epoch)
        total = torch.zeros((), device="cuda")
        for pictures in loader:
            loss = model(pictures.cuda(non_blocking=True))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(loader):.5f}", flush=True)
        write(model, epoch)


if __name__ == "__main__":
    main()
