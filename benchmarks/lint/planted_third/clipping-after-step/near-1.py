"""A Wasserstein GAN for handwritten kana, as in Arjovsky et al. 2017 (arXiv 1701.07875)."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image

LATENT, CRITIC_STEPS, BOUND = 64, 5, 0.01


def generator() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(LATENT, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 784), nn.Tanh()
    )


def critic() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )


def main() -> None:
    torch.manual_seed(404)
    device = torch.device("cuda")
    to_range = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    kana = datasets.KMNIST("data", train=True, download=True, transform=to_range)
    loader = DataLoader(kana, batch_size=64, shuffle=True, drop_last=True, num_workers=4)
    g, c = generator().to(device), critic().to(device)
    opt_g = torch.optim.RMSprop(g.parameters(), lr=5e-5)
    opt_c = torch.optim.RMSprop(c.parameters(), lr=5e-5)
    fixed = torch.randn(64, LATENT, device=device)

    for epoch in range(100):
        for number, (real, _) in enumerate(loader):
            real = real.flatten(1).to(device)
            with torch.no_grad():
                fake = g(torch.randn(len(real), LATENT, device=device))
            loss_c = c(fake).mean() - c(real).mean()
            opt_c.zero_grad()
            loss_c.backward()
            opt_c.step()
            with torch.no_grad():
                for p in c.parameters():
                    p.clamp_(-BOUND, BOUND)

            if number % CRITIC_STEPS == 0:
                loss_g = -c(g(torch.randn(len(real), LATENT, device=device))).mean()
                opt_g.zero_grad()
                loss_g.backward()
                opt_g.step()
        print(f"epoch {epoch} distance {-loss_c.item():.4f} generator {loss_g.item():.4f}")
        with torch.no_grad():
            save_image(g(fixed).view(-1, 1, 28, 28), f"kana_{epoch:03d}.png", normalize=True)


if __name__ == "__main__":
    main()
