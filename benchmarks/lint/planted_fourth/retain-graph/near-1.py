"""beta-VAE with gradient surgery between the reconstruction and the KL term."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST


class VAE(nn.Module):
    def __init__(self, z_dim: int = 16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * z_dim))
        self.decoder = nn.Sequential(nn.Linear(z_dim, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        std = torch.exp(0.5 * logvar)
        z = mu + std * torch.randn_like(std) if self.training else mu
        return self.decoder(z), mu, logvar


def losses(model, x):
    logits, mu, logvar = model(x)
    recon = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum") / x.size(0)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(-1).mean()
    return recon, kl


def flat_grads(params):
    return torch.cat([p.grad.flatten() for p in params])


def write_grads(params, flat):
    start = 0
    for p in params:
        stop = start + p.numel()
        p.grad = flat[start:stop].view_as(p).clone()
        start = stop


def surgery_step(model, optimizer, x, beta):
    shared = list(model.encoder.parameters())
    recon, kl = losses(model, x)

    optimizer.zero_grad()
    recon.backward(retain_graph=True)
    g_recon = flat_grads(shared)
    for p in shared:
        p.grad = None
    (beta * kl).backward()
    g_kl = flat_grads(shared)

    dot = torch.dot(g_recon, g_kl)
    coef = torch.clamp(dot, max=0.0) / g_recon.pow(2).sum().clamp_min(1e-12)
    write_grads(shared, g_recon + g_kl - coef * g_recon)
    optimizer.step()
    return recon.detach(), kl.detach()


@torch.no_grad()
def evaluate(model, loader, device, beta):
    model.eval()
    total = torch.zeros((), device=device)
    for x, _ in loader:
        recon, kl = losses(model, x.to(device))
        total += (recon + beta * kl) * x.size(0)
    return total.item() / len(loader.dataset)


def main(epochs: int = 30, beta: float = 2.0, seed: int = 21):
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tfm = transforms.ToTensor()
    train_dl = DataLoader(MNIST("data", True, download=True, transform=tfm), batch_size=128, shuffle=True)
    test_dl = DataLoader(MNIST("data", False, download=True, transform=tfm), batch_size=256)
    model = VAE().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for i, (x, _) in enumerate(train_dl):
            recon, kl = surgery_step(model, optimizer, x.to(device), beta)
            if i % 200 == 0:
                print(f"{epoch}:{i} recon {recon.item():.2f} kl {kl.item():.2f}")
        print(f"epoch {epoch} negative elbo {evaluate(model, test_dl, device, beta):.2f}")
    torch.save(model.state_dict(), "beta_vae.pt")


if __name__ == "__main__":
    main()
