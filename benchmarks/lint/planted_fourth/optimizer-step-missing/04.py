"""Unpaired day/night translation, LightningModule with manual optimization."""
import itertools
from pathlib import Path

import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.io import ImageReadMode, read_image


class UnpairedFolder(Dataset):
    def __init__(self, root: Path):
        self.a = sorted((root / "day").glob("*.jpg"))
        self.b = sorted((root / "night").glob("*.jpg"))
        self.tf = transforms.Compose([
            transforms.Resize(286, antialias=True), transforms.RandomCrop(256), transforms.RandomHorizontalFlip(),
            transforms.ConvertImageDtype(torch.float32), transforms.Normalize([0.5] * 3, [0.5] * 3),
        ])

    def __len__(self):
        return len(self.a)

    def __getitem__(self, i):
        j = int(torch.randint(len(self.b), ()))
        return tuple(self.tf(read_image(str(p), ImageReadMode.RGB)) for p in (self.a[i], self.b[j]))


def conv(cin, cout, k, s, p, transpose=False):
    layer = nn.ConvTranspose2d(cin, cout, k, s, p) if transpose else nn.Conv2d(cin, cout, k, s, p)
    return nn.Sequential(layer, nn.InstanceNorm2d(cout), nn.ReLU(True))


class Res(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.f = nn.Sequential(conv(ch, ch, 3, 1, 1), nn.Conv2d(ch, ch, 3, 1, 1), nn.InstanceNorm2d(ch))

    def forward(self, x):
        return x + self.f(x)


def generator(ch=64, n_res=6):
    return nn.Sequential(
        conv(3, ch, 7, 1, 3), conv(ch, ch * 2, 4, 2, 1), conv(ch * 2, ch * 4, 4, 2, 1),
        *[Res(ch * 4) for _ in range(n_res)],
        conv(ch * 4, ch * 2, 4, 2, 1, transpose=True), conv(ch * 2, ch, 4, 2, 1, transpose=True),
        nn.Conv2d(ch, 3, 7, 1, 3), nn.Tanh(),
    )


def discriminator(ch=64):
    layers, c = [nn.Conv2d(3, ch, 4, 2, 1), nn.LeakyReLU(0.2, True)], ch
    for _ in range(2):
        layers += [nn.Conv2d(c, c * 2, 4, 2, 1), nn.InstanceNorm2d(c * 2), nn.LeakyReLU(0.2, True)]
        c *= 2
    return nn.Sequential(*layers, nn.Conv2d(c, 1, 4, 1, 1))


class DayNight(L.LightningModule):
    def __init__(self, lr: float = 2e-4, lambda_cycle: float = 10.0):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.a2b, self.b2a = generator(), generator()
        self.disc_a, self.disc_b = discriminator(), discriminator()
        self.l1, self.mse = nn.L1Loss(), nn.MSELoss()

    def configure_optimizers(self):
        g = torch.optim.Adam(itertools.chain(self.a2b.parameters(), self.b2a.parameters()),
                             lr=self.hparams.lr, betas=(0.5, 0.999))
        d = torch.optim.Adam(itertools.chain(self.disc_a.parameters(), self.disc_b.parameters()),
                             lr=self.hparams.lr, betas=(0.5, 0.999))
        return [g, d]

    def adv(self, logits, real):
        return self.mse(logits, torch.full_like(logits, float(real)))

    def training_step(self, batch, batch_idx):
        a, b = batch
        opt_g, opt_d = self.optimizers()

        self.toggle_optimizer(opt_g)
        fake_b, fake_a = self.a2b(a), self.b2a(b)
        cycle = self.l1(self.b2a(fake_b), a) + self.l1(self.a2b(fake_a), b)
        g_loss = self.adv(self.disc_b(fake_b), True) + self.adv(self.disc_a(fake_a), True)
        g_loss = g_loss + self.hparams.lambda_cycle * cycle
        opt_g.zero_grad()
        self.manual_backward(g_loss)  # PLANTED
        self.untoggle_optimizer(opt_g)

        self.toggle_optimizer(opt_d)
        d_loss = 0.5 * (
            self.adv(self.disc_a(a), True) + self.adv(self.disc_a(fake_a.detach()), False)
            + self.adv(self.disc_b(b), True) + self.adv(self.disc_b(fake_b.detach()), False)
        )
        opt_d.zero_grad()
        self.manual_backward(d_loss)
        opt_d.step()
        self.untoggle_optimizer(opt_d)

        self.log_dict({"loss/gen": g_loss.detach(), "loss/disc": d_loss.detach(), "loss/cycle": cycle.detach()},
                      prog_bar=True)


def cli():
    L.seed_everything(77, workers=True)
    data = DataLoader(UnpairedFolder(Path("data/day2night")), batch_size=1, shuffle=True, num_workers=4)
    trainer = L.Trainer(max_epochs=100, accelerator="auto", devices=1, log_every_n_steps=50)
    trainer.fit(DayNight(), data)
    trainer.save_checkpoint("daynight.ckpt")


if __name__ == "__main__":
    cli()
