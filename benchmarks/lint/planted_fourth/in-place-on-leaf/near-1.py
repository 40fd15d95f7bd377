"""Wasserstein GAN with weight clipping on 28x28 glyphs."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image

Z, CLIP, N_CRITIC, STEPS, BATCH = 64, 0.01, 5, 40000, 64


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(128 * 7 * 7, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(1)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(Z, 128 * 7 * 7)
        self.net = nn.Sequential(
            nn.BatchNorm2d(128), nn.ReLU(), nn.ConvTranspose2d(128, 64, 4, 2, 1),
            nn.BatchNorm2d(64), nn.ReLU(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
        )

    def forward(self, z):
        return self.net(self.fc(z).view(-1, 128, 7, 7))


@torch.no_grad()
def clip_weights(critic, c):
    for p in critic.parameters():
        p.clamp_(-c, c)


@torch.no_grad()
def track(average, model, beta=0.999):
    for a, p in zip(average.parameters(), model.parameters()):
        a.mul_(beta).add_(p, alpha=1 - beta)
    for a, b in zip(average.buffers(), model.buffers()):
        a.copy_(b)


def endless(loader):
    while True:
        for x, _ in loader:
            yield x


def main():
    torch.manual_seed(21)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    data = datasets.KMNIST("data", train=True, download=True, transform=tf)
    stream = endless(DataLoader(data, BATCH, shuffle=True, num_workers=2, drop_last=True))

    gen, critic = Generator().to(device), Critic().to(device)
    average = Generator().to(device)
    average.load_state_dict(gen.state_dict())
    average.eval()
    opt_g = torch.optim.RMSprop(gen.parameters(), lr=5e-5)
    opt_c = torch.optim.RMSprop(critic.parameters(), lr=5e-5)
    fixed = torch.randn(64, Z, device=device)

    gen.train()
    critic.train()
    for step in range(STEPS):
        for _ in range(N_CRITIC):
            real = next(stream).to(device)
            with torch.no_grad():
                fake = gen(torch.randn(BATCH, Z, device=device))
            loss_c = critic(fake).mean() - critic(real).mean()
            opt_c.zero_grad()
            loss_c.backward()
            opt_c.step()
            clip_weights(critic, CLIP)

        loss_g = -critic(gen(torch.randn(BATCH, Z, device=device))).mean()
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        track(average, gen)

        if step % 500 == 0:
            print(f"step {step} critic {loss_c.item():.4f} generator {loss_g.item():.4f}")
            with torch.no_grad():
                save_image(average(fixed).cpu(), f"wgan_{step:06d}.png", normalize=True, value_range=(-1, 1))
    torch.save(average.state_dict(), "wgan_generator.pt")


if __name__ == "__main__":
    main()
