"""Download weights and warm-start an encoder, typed."""
from __future__ import annotations

from pathlib import Path
from urllib.request import urlretrieve

import torch
from torch import Tensor, nn


def fetch(url: str, cache: Path) -> Path:
    target = cache / url.rsplit("/", 1)[-1]
    if not target.exists():
        urlretrieve(url, target)
    return target


def read_state(path: Path) -> dict[str, Tensor]:
    with path.open("rb") as fh:
        state: dict[str, Tensor] = torch.load(fh, "cpu")  # PLANTED
    return {k.removeprefix("module."): v for k, v in state.items()}


def warm_start(encoder: nn.Module, url: str, cache: Path = Path(".cache")) -> nn.Module:
    missing, extra = encoder.load_state_dict(read_state(fetch(url, cache)), strict=False)
    print(f"missing {len(missing)}, unexpected {len(extra)}")
    return encoder
