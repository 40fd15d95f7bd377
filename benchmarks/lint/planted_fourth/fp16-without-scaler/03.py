import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, read_image
from torchvision.utils import save_image


class PairedImages(Dataset):
    """Each file holds sketch | photo side by side, 256x512."""

    def __init__(self, folder):
        self.files = sorted(Path(folder).glob("*.jpg"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        img = read_image(str(self.files[i]), ImageReadMode.RGB).float() / 127.5 - 1
        return img[:, :, :256], img[:, :, 256:]


def conv(i, o, stride):
    return nn.Sequential(nn.Conv2d(i, o, 4 if stride == 2 else 3, stride, 1), nn.InstanceNorm2d(o), nn.LeakyReLU(0.2))


class Generator(nn.Module):
    def __init__(self, w=64):
        super().__init__()
        self.enc = nn.ModuleList([conv(3, w, 2), conv(w, 2 * w, 2), conv(2 * w, 4 * w, 2)])
        self.mid = nn.Sequential(conv(4 * w, 4 * w, 1), conv(4 * w, 4 * w, 1))
        self.dec = nn.ModuleList([conv(8 * w, 2 * w, 1), conv(4 * w, w, 1), conv(2 * w, w, 1)])
        self.rgb = nn.Conv2d(w, 3, 3, padding=1)

    def forward(self, x):
        skips = []
        for layer in self.enc:
            x = layer(x)
            skips.append(x)
        x = self.mid(x)
        for layer, s in zip(self.dec, reversed(skips)):
            x = F.interpolate(layer(torch.cat([x, s], 1)), scale_factor=2.0)
        return torch.tanh(self.rgb(x))


class PatchD(nn.Module):
    def __init__(self, w=64):
        super().__init__()
        chans = [6, w, 2 * w, 4 * w]
        layers = []
        for i, o in zip(chans, chans[1:]):
            layers += [spectral_norm(nn.Conv2d(i, o, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.net = nn.Sequential(*layers, nn.Conv2d(chans[-1], 1, 4, 1, 1))

    def forward(self, a, b):
        return self.net(torch.cat([a, b], 1))


def hinge_d(real, fake):
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="datasets/sketch2photo")
    ap.add_argument("--epochs", type=int, default=100)
    ap.add_argument("--bs", type=int, default=8)
    ap.add_argument("--lam", type=float, default=100.0)
    opt = ap.parse_args()
    torch.manual_seed(88)
    Path("results").mkdir(exist_ok=True)

    train = DataLoader(PairedImages(f"{opt.data}/train"), opt.bs, shuffle=True, num_workers=4, drop_last=True)
    val = DataLoader(PairedImages(f"{opt.data}/val"), opt.bs, num_workers=2)
    G, D = Generator().cuda(), PatchD().cuda()
    optG = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
    optD = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
    scaler = torch.amp.GradScaler("cuda")

    for epoch in range(opt.epochs):
        G.train()
        D.train()
        for step, (sketch, photo) in enumerate(train):
            sketch, photo = sketch.cuda(), photo.cuda()

            with torch.autocast("cuda", dtype=torch.float16):
                fake = G(sketch)
                d_loss = hinge_d(D(sketch, photo), D(sketch, fake.detach()))
            optD.zero_grad()
            scaler.scale(d_loss).backward()
            scaler.step(optD)
            scaler.update()

            with torch.autocast("cuda", dtype=torch.float16):
                g_loss = -D(sketch, fake).mean() + opt.lam * F.l1_loss(fake, photo)
            optG.zero_grad()
            g_loss.backward()  # PLANTED
            optG.step()

            if step % 100 == 0:
                print(f"{epoch}:{step} d {d_loss.item():.3f} g {g_loss.item():.3f}")

        G.eval()
        with torch.no_grad():
            sketch, photo = next(iter(val))
            out = G(sketch.cuda()).cpu()
        save_image(torch.cat([sketch, out, photo]), f"results/{epoch:03d}.png", nrow=len(sketch),
                   normalize=True, value_range=(-1, 1))
    torch.save(G.state_dict(), "results/generator.pt")


if __name__ == "__main__":
    main()
