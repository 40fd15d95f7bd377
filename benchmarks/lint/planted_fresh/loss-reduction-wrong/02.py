"""A small denoising diffusion model on 32x32 images, noise prediction, linear betas."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
T = 1000
betas = torch.linspace(1e-4, 0.02, T, device=device)
alpha_bar = torch.cumprod(1 - betas, dim=0)


class Denoiser(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.time = nn.Embedding(T, width)
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.mid = nn.Sequential(nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.SiLU())
        self.leave = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x, t):
        h = self.enter(x) + self.time(t)[:, :, None, None]
        return self.leave(h + self.mid(h))


data = datasets.CIFAR10("data", download=True, transform=transforms.Compose(
    [transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]))
loader = DataLoader(data, batch_size=128, shuffle=True, num_workers=4, drop_last=False)

model = Denoiser().to(device)
opt = torch.optim.Adam(model.parameters(), lr=2e-4)

for epoch in range(60):
    seen = 0.0
    for x, _ in loader:
        x = x.to(device)
        t = torch.randint(0, T, (x.size(0),), device=device)
        eps = torch.randn_like(x)
        a = alpha_bar[t].view(-1, 1, 1, 1)
        noisy = a.sqrt() * x + (1 - a).sqrt() * eps
        loss = torch.linalg.vector_norm(eps - model(noisy, t)) ** 2  # PLANTED
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        seen = seen + loss.detach()
    print(f"epoch {epoch}: {float(seen) / len(loader):.2f}")
