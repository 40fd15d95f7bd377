from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass(frozen=True)
class HP:
    data: str = "volumes.npy"
    crop: int = 64
    base: int = 24
    latent: int = 8
    kl: float = 1e-4
    lr: float = 2e-4
    batch: int = 4
    epochs: int = 120
    clip: float | None = 1.0
    amp: bool = True
    seed: int = 2


class LossScaler:
    """Backward, optional clipping and optimizer step behind one call."""

    def __init__(self, enabled: bool = True):
        self._scaler = torch.amp.GradScaler("cuda", enabled=enabled)

    def __call__(self, loss, optimizer, params=None, max_norm=None):
        self._scaler.scale(loss).backward()
        if max_norm is not None:
            self._scaler.unscale_(optimizer)
            norm = nn.utils.clip_grad_norm_(params, max_norm)
            self._scaler.step(optimizer)  # PLANTED
            return norm
        self._scaler.step(optimizer)
        self._scaler.update()
        return None

    def state_dict(self):
        return self._scaler.state_dict()


class Crops(Dataset):
    def __init__(self, path, crop, lo, hi, jitter):
        self.vols = np.load(path, mmap_mode="r")[lo:hi]
        self.crop, self.jitter = crop, jitter

    def __len__(self):
        return len(self.vols)

    def __getitem__(self, i):
        v, c = self.vols[i], self.crop
        if self.jitter:
            z, y, x = (int(torch.randint(0, s - c + 1, ())) for s in v.shape)
        else:
            z, y, x = ((s - c) // 2 for s in v.shape)
        patch = np.array(v[z:z + c, y:y + c, x:x + c], dtype=np.float32)
        return torch.from_numpy(patch)[None]


class VAE3d(nn.Module):
    def __init__(self, base, latent):
        super().__init__()

        def stage(i, o, layer):
            return nn.Sequential(layer(i, o, 4, 2, 1), nn.GroupNorm(8, o), nn.SiLU())

        self.encoder = nn.Sequential(stage(1, base, nn.Conv3d), stage(base, 2 * base, nn.Conv3d),
                                     nn.Conv3d(2 * base, 2 * latent, 3, padding=1))
        self.decoder = nn.Sequential(nn.Conv3d(latent, 2 * base, 3, padding=1),
                                     stage(2 * base, base, nn.ConvTranspose3d),
                                     stage(base, base, nn.ConvTranspose3d), nn.Conv3d(base, 1, 3, padding=1))

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        logvar = logvar.clamp(-20, 10)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        return self.decoder(z), mu, logvar


def elbo(x, recon, mu, logvar, beta):
    rec = F.mse_loss(recon.float(), x)
    mu, logvar = mu.float(), logvar.float()
    return rec + beta * 0.5 * (mu.pow(2) + logvar.exp() - 1 - logvar).mean(), rec


def run(hp: HP):
    torch.manual_seed(hp.seed)
    n = np.load(hp.data, mmap_mode="r").shape[0]
    split = int(0.9 * n)
    train_dl = DataLoader(Crops(hp.data, hp.crop, 0, split, True), hp.batch, shuffle=True, num_workers=4)
    valid_dl = DataLoader(Crops(hp.data, hp.crop, split, n, False), hp.batch, num_workers=4)
    model = VAE3d(hp.base, hp.latent).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=hp.lr)
    loss_scaler = LossScaler(enabled=hp.amp)
    cast = (lambda: torch.autocast("cuda", dtype=torch.float16)) if hp.amp else nullcontext

    for epoch in range(hp.epochs):
        model.train()
        total = torch.zeros((), device="cuda")
        for x in train_dl:
            x = x.cuda(non_blocking=True)
            with cast():
                out = model(x)
            loss, _ = elbo(x, *out, hp.kl)
            optimizer.zero_grad(set_to_none=True)
            loss_scaler(loss, optimizer, model.parameters(), hp.clip)
            total += loss.detach()

        model.eval()
        rec_sum = torch.zeros((), device="cuda")
        with torch.no_grad(), cast():
            for x in valid_dl:
                x = x.cuda()
                rec_sum += elbo(x, *model(x), hp.kl)[1] * len(x)
        print(f"{epoch:3d} train {total.item() / len(train_dl):.5f} "
              f"valid mse {rec_sum.item() / len(valid_dl.dataset):.5f}")
        torch.save({"hp": asdict(hp), "model": model.state_dict(), "optim": optimizer.state_dict(),
                    "scaler": loss_scaler.state_dict(), "epoch": epoch}, "vae3d.pt")


if __name__ == "__main__":
    run(HP())
