"""Train a variational autoencoder of spectrograms; precision is chosen by name in a config."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from spectra import ConvVAE, Spectrograms

DTYPES = {"fp32": torch.float32, "fp16": torch.float16}
CONFIG = {"seed": 9, "precision": "fp16", "lr": 1e-3, "beta": 0.5, "epochs": 40, "batch": 128}


def elbo(x, out, mu, logvar, beta):
    recon = F.mse_loss(out, x, reduction="none").flatten(1).sum(1)
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(1)
    return (recon + beta * kl).mean()


def train(cfg):
    torch.manual_seed(cfg["seed"])
    dtype = DTYPES[cfg["precision"]]
    vae = ConvVAE(latent=32).cuda().train()
    opt = torch.optim.Adam(vae.parameters(), lr=cfg["lr"])
    loader = DataLoader(Spectrograms("train"), batch_size=cfg["batch"], shuffle=True)
    for epoch in range(cfg["epochs"]):
        mean = torch.zeros((), device="cuda")
        for x in loader:
            x = x.cuda()
            with torch.autocast("cuda", dtype=dtype):
                out, mu, logvar = vae(x)
            loss = elbo(x, out.float(), mu.float(), logvar.float(), cfg["beta"])
            opt.zero_grad()
            loss.backward()  # PLANTED
            opt.step()
            mean += loss.detach() / len(loader)
        print(f"epoch {epoch} -ELBO {mean.item():.2f}")


train(CONFIG)
