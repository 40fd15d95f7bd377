"""Score-based model of galaxy images; samples are drawn from averaged weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from galaxies import GalaxyCutouts, ScoreNet

CKPT = Path("galaxy.ckpt")


def denoising_loss(net: nn.Module, x: Tensor) -> Tensor:
    log_sigma = torch.empty(len(x), 1, 1, 1, device=x.device).uniform_(-4.0, 3.0)
    sigma = log_sigma.exp()
    noise = torch.randn_like(x)
    return (net(x + sigma * noise, sigma) * sigma + noise).square().mean()


def main(epochs: int = 200) -> None:
    torch.manual_seed(0)
    net = ScoreNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    first = 0
    if CKPT.exists():
        saved = torch.load(CKPT, map_location="cuda", weights_only=True)
        net.load_state_dict(saved["net"])
        opt.load_state_dict(saved["opt"])
        first = saved["epoch"] + 1
    ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9995))  # PLANTED

    loader = DataLoader(GalaxyCutouts(), batch_size=64, shuffle=True, num_workers=8)
    for epoch in range(first, epochs):
        running = torch.zeros((), device="cuda")
        for x in loader:
            loss = denoising_loss(net, x.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            ema.update_parameters(net)
            running += loss.detach()
        print(f"epoch {epoch}: {running.item() / len(loader):.5f}")
        torch.save(
            {
                "net": net.state_dict(),
                "ema": ema.state_dict(),
                "opt": opt.state_dict(),
                "epoch": epoch,
            },
            CKPT,
        )


if __name__ == "__main__":
    main()
