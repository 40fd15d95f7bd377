import lightning as L
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST


class Generator(nn.Module):
    def __init__(self, latent_dim, img_dim):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, 256), nn.LeakyReLU(0.2),
            nn.Linear(256, 512), nn.LeakyReLU(0.2),
            nn.Linear(512, 1024), nn.LeakyReLU(0.2),
            nn.Linear(1024, img_dim), nn.Tanh(),
        )

    def forward(self, z):
        return self.net(z)


class Critic(nn.Module):
    def __init__(self, img_dim):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(img_dim, 512), nn.LeakyReLU(0.2), nn.Dropout(0.3),
            nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Dropout(0.3),
            nn.Linear(256, 1),
        )

    def forward(self, x):
        return self.net(x.flatten(1)).squeeze(1)


class LitGAN(L.LightningModule):
    def __init__(self, latent_dim: int = 100, lr: float = 2e-4, b1: float = 0.5, b2: float = 0.999):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator = Generator(latent_dim, 28 * 28)
        self.discriminator = Critic(28 * 28)

    def forward(self, z):
        return self.generator(z).view(-1, 1, 28, 28)

    def adversarial_loss(self, logits, value):
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, value))

    def training_step(self, batch, batch_idx):
        imgs, _ = batch
        opt_g, opt_d = self.optimizers()
        z = torch.randn(imgs.size(0), self.hparams.latent_dim, device=self.device)

        self.toggle_optimizer(opt_g)
        fake = self(z)
        g_loss = self.adversarial_loss(self.discriminator(fake), 1.0)
        opt_g.zero_grad()
        self.manual_backward(g_loss)
        opt_g.step()
        self.untoggle_optimizer(opt_g)

        self.toggle_optimizer(opt_d)
        real_loss = self.adversarial_loss(self.discriminator(imgs), 0.9)
        fake_loss = self.adversarial_loss(self.discriminator(fake.detach()), 0.0)
        d_loss = (real_loss + fake_loss) / 2
        opt_d.zero_grad()
        self.manual_backward(d_loss, retain_graph=True)  # PLANTED
        opt_d.step()
        self.untoggle_optimizer(opt_d)

        self.log_dict({"g_loss": g_loss, "d_loss": d_loss}, prog_bar=True)

    def validation_step(self, batch, batch_idx):
        imgs, _ = batch
        z = torch.randn(imgs.size(0), self.hparams.latent_dim, device=self.device)
        gap = self.discriminator(imgs).mean() - self.discriminator(self(z)).mean()
        self.log("val_gap", gap)

    def configure_optimizers(self):
        betas = (self.hparams.b1, self.hparams.b2)
        opt_g = torch.optim.Adam(self.generator.parameters(), lr=self.hparams.lr, betas=betas)
        opt_d = torch.optim.Adam(self.discriminator.parameters(), lr=self.hparams.lr, betas=betas)
        return [opt_g, opt_d]


def main():
    L.seed_everything(2024, workers=True)
    tfm = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train = FashionMNIST("data", train=True, download=True, transform=tfm)
    val = FashionMNIST("data", train=False, download=True, transform=tfm)
    trainer = L.Trainer(max_epochs=50, accelerator="auto", devices=1, log_every_n_steps=50)
    trainer.fit(
        LitGAN(),
        DataLoader(train, batch_size=128, shuffle=True, num_workers=4),
        DataLoader(val, batch_size=256, num_workers=4),
    )


if __name__ == "__main__":
    main()
