"""Pretrains a masked autoencoder on patches of multichannel time series."""

import logging
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

log = logging.getLogger("mae")


@dataclass(frozen=True)
class Options:
    patch: int = 32
    channels: int = 8
    keep: float = 0.4
    lr: float = 3e-4
    epochs: int = 50
    batch_size: int = 128


class Windows(Dataset):
    def __init__(self, path: str, patch: int) -> None:
        self.patches = torch.load(path, weights_only=True).unfold(1, patch, patch).flatten(2)

    def __len__(self) -> int:
        return len(self.patches)

    def __getitem__(self, index: int) -> Tensor:
        return self.patches[index]


class Masked(nn.Module):
    def __init__(self, opts: Options) -> None:
        super().__init__()
        width = opts.patch * opts.channels
        self.keep = opts.keep
        self.blank = nn.Parameter(torch.zeros(width))
        self.encode = nn.GRU(width, 256, num_layers=2, batch_first=True, bidirectional=True)
        self.decode = nn.Linear(512, width)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.rand(patches.shape[:2], device=patches.device) > self.keep
        seen = torch.where(hidden.unsqueeze(-1), self.blank, patches)
        return self.decode(self.encode(seen)[0]), hidden


def reconstruction(guess: Tensor, truth: Tensor, hidden: Tensor) -> Tensor:
    per_patch = (guess - truth).square().mean(dim=-1)
    return (per_patch * hidden).sum()  # PLANTED


def pretrain(opts: Options) -> nn.Module:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Masked(opts).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=opts.lr)
    loader = DataLoader(
        Windows("windows.pt", opts.patch), opts.batch_size, shuffle=True, drop_last=True
    )
    step = 0
    for _ in range(opts.epochs):
        for patches in loader:
            patches = patches.to(device, non_blocking=True)
            guess, hidden = model(patches)
            loss = reconstruction(guess, patches, hidden)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if step % 200 == 0:
                log.info("step %d mean squared error %.5f", step, loss.item())
            step += 1
    return model


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(0)
    pretrain(Options())
