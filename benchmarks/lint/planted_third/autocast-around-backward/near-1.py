"""Depth from single pictures: one step a function, the precision a decorator."""

import logging
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from depth import DepthNet, NyuPairs

log = logging.getLogger("depth")
half = partial(torch.autocast, "cuda", dtype=torch.bfloat16)


@half()
def silog(model: nn.Module, image: Tensor, depth: Tensor) -> Tensor:
    """Scale-invariant error of the logarithm of depth, in metres."""
    gap = model(image).float() - depth.clamp_min(1e-3).log()
    return gap.square().mean() - 0.5 * gap.mean().square()


def step(model: nn.Module, optimizer: torch.optim.Optimizer, image: Tensor, depth: Tensor) -> Tensor:
    optimizer.zero_grad(set_to_none=True)
    loss = silog(model, image, depth)
    loss.backward()
    optimizer.step()
    return loss.detach()


@torch.no_grad()
def validate(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    errors = [silog(model, image.cuda(), depth.cuda()) for image, depth in loader]
    model.train()
    return torch.stack(errors).mean().item()


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(8)
    train_loader = DataLoader(NyuPairs("train"), batch_size=16, shuffle=True, num_workers=6)
    val_loader = DataLoader(NyuPairs("val"), batch_size=16, num_workers=2)
    model = DepthNet().cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-4)
    for epoch in range(25):
        losses = [step(model, optimizer, image.cuda(), depth.cuda()) for image, depth in train_loader]
        mean = torch.stack(losses).mean().item()
        log.info("epoch %d train %.4f val %.4f", epoch, mean, validate(model, val_loader))


if __name__ == "__main__":
    main()
