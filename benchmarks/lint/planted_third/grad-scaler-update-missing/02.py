"""Turns summer pictures into winter ones from pairs: a translator and a patch critic, each with its scaler."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from seasons import PairedSeasons, PatchCritic, Translator

torch.manual_seed(500)

nets = {"t": Translator().cuda(), "c": PatchCritic(channels=6).cuda()}
rates = {"t": 2e-4, "c": 1e-4}
optims = {k: torch.optim.Adam(n.parameters(), lr=rates[k], betas=(0.5, 0.999)) for k, n in nets.items()}
scalers = {k: torch.amp.GradScaler("cuda") for k in nets}
pairs = DataLoader(PairedSeasons("yosemite"), batch_size=8, shuffle=True, num_workers=4, drop_last=True)


def half():
    return torch.autocast("cuda", dtype=torch.float16)


def real_or_not(summer, winter, real):
    score = nets["c"](torch.cat([summer, winter], dim=1))
    return F.mse_loss(score, torch.full_like(score, float(real)))


for epoch in range(120):
    sums = {k: torch.zeros((), device="cuda") for k in nets}
    for summer, winter in pairs:
        summer, winter = summer.cuda(non_blocking=True), winter.cuda(non_blocking=True)
        with half():
            made = nets["t"](summer)

        # the critic
        nets["c"].requires_grad_(True)
        optims["c"].zero_grad()
        with half():
            loss = 0.5 * (real_or_not(summer, winter, True) + real_or_not(summer, made.detach(), False))
        scalers["c"].scale(loss).backward()
        scalers["c"].step(optims["c"])
        scalers["c"].update()
        sums["c"] += loss.detach()

        # the translator
        nets["c"].requires_grad_(False)
        optims["t"].zero_grad()
        with half():
            loss = real_or_not(summer, made, True) + 100 * F.l1_loss(made, winter)
        scalers["t"].scale(loss).backward()
        scalers["t"].step(optims["t"])  # PLANTED
        sums["t"] += loss.detach()

    line = " ".join(f"{k}={v.item() / len(pairs):.4f}" for k, v in sums.items())
    print(f"epoch {epoch:03d} {line}")
    if epoch % 20 == 19:
        torch.save({
            "epoch": epoch,
            "nets": {k: n.state_dict() for k, n in nets.items()},
            "optims": {k: o.state_dict() for k, o in optims.items()},
            "scalers": {k: s.state_dict() for k, s in scalers.items()},
        }, f"seasons_{epoch:03d}.pt")
