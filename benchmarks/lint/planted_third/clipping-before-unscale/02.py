"""Font GAN: letters from noise, hinge losses, fp16."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_, spectral_norm
from torch.utils.data import DataLoader

from fonts import Glyphs

torch.manual_seed(2)
dev = torch.device("cuda")
z_dim = 96

G = nn.Sequential(
    nn.Linear(z_dim, 256 * 16), nn.Unflatten(1, (256, 4, 4)),
    nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.GroupNorm(16, 128), nn.ReLU(),
    nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.GroupNorm(8, 64), nn.ReLU(),
    nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
).to(dev)
D = nn.Sequential(
    spectral_norm(nn.Conv2d(1, 64, 4, 2, 1)), nn.LeakyReLU(0.1),
    spectral_norm(nn.Conv2d(64, 128, 4, 2, 1)), nn.LeakyReLU(0.1),
    spectral_norm(nn.Conv2d(128, 256, 4, 2, 1)), nn.LeakyReLU(0.1),
    nn.Flatten(), spectral_norm(nn.Linear(256 * 16, 1)),
).to(dev)
opt_g = torch.optim.SGD(G.parameters(), lr=0.01, momentum=0.5)
opt_d = torch.optim.SGD(D.parameters(), lr=0.02, momentum=0.5)
scaler = torch.amp.GradScaler("cuda")
half = lambda: torch.autocast("cuda", dtype=torch.float16)

for epoch in range(80):
    for real in DataLoader(Glyphs(size=32), batch_size=128, shuffle=True, drop_last=True):
        real = real.to(dev)

        # discriminator
        opt_d.zero_grad()
        with half():
            with torch.no_grad():
                fake = G(torch.randn(len(real), z_dim, device=dev))
            d_loss = F.relu(1 - D(real)).mean() + F.relu(1 + D(fake)).mean()
        scaler.scale(d_loss).backward()
        scaler.unscale_(opt_d)
        clip_grad_norm_(D.parameters(), 1.0)
        scaler.step(opt_d)
        scaler.update()

        # generator
        opt_g.zero_grad()
        with half():
            g_loss = -D(G(torch.randn(len(real), z_dim, device=dev))).mean()
        scaler.scale(g_loss).backward()
        scaler.unscale_(opt_d)
        clip_grad_norm_(G.parameters(), 1.0)  # PLANTED
        scaler.step(opt_g)
        scaler.update()
    print(f"{epoch:02d} d {d_loss.item():.3f} g {g_loss.item():.3f}")
    torch.save({"G": G.state_dict(), "D": D.state_dict(), "opt_g": opt_g.state_dict(),
                "opt_d": opt_d.state_dict(), "scaler": scaler.state_dict(), "epoch": epoch}, "font.pt")
