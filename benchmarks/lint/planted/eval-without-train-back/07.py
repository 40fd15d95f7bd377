"""DCGAN that saves samples after every epoch."""
import torch
from torch import nn
from torchvision.utils import save_image

from dcgan import Generator, Discriminator, loader


def main():
    torch.manual_seed(999)
    g, d = Generator().cuda(), Discriminator().cuda()
    fixed = torch.randn(64, 100, 1, 1, device="cuda")
    og = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    od = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(30):
        for real in loader:
            real = real.cuda()
            fake = g(torch.randn(len(real), 100, 1, 1, device="cuda"))
            od.zero_grad()
            a, b = d(real), d(fake.detach())
            ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
            ld.backward()
            od.step()
            og.zero_grad()
            b = d(fake)
            lg = bce(b, torch.ones_like(b))
            lg.backward()
            og.step()
        g.eval()  # PLANTED
        with torch.no_grad():
            save_image(g(fixed), f"epoch{epoch}.png", normalize=True)
        print(f"epoch {epoch} D {ld.item():.3f} G {lg.item():.3f}")


if __name__ == "__main__":
    main()
