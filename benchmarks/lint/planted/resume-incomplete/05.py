"""GAN with a restore function."""
import torch
from torch import nn

from gan import D, G, loader

torch.manual_seed(4)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
PARTS = {"g": g, "d": d, "og": og, "od": od}


def restore(path):
    state = torch.load(path, map_location="cuda", weights_only=True)
    for name in ("g", "d", "og"):  # PLANTED
        PARTS[name].load_state_dict(state[name])
    torch.set_rng_state(state["rng"].cpu())
    return state["epoch"] + 1


bce = nn.BCEWithLogitsLoss()
for epoch in range(restore("gan.pt"), 200):
    for real in loader:
        real = real.cuda()
        fake = g(torch.randn(len(real), 100, device="cuda"))
        a, b = d(real), d(fake.detach())
        ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
        od.zero_grad()
        ld.backward()
        od.step()
        b = d(fake)
        lg = bce(b, torch.ones_like(b))
        og.zero_grad()
        lg.backward()
        og.step()
    print(epoch, ld.item(), lg.item())
    torch.save({**{k: v.state_dict() for k, v in PARTS.items()}, "rng": torch.get_rng_state(), "epoch": epoch}, "gan.pt")
