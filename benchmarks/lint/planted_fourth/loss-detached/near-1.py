"""VQ-VAE on CIFAR-10 with the straight-through estimator."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

HP = {"codes": 512, "dim": 64, "hidden": 128, "commit": 0.25, "lr": 3e-4, "batch": 256, "epochs": 50, "seed": 18}


class VectorQuantizer(nn.Module):
    def __init__(self, codes, dim, commit):
        super().__init__()
        self.codebook = nn.Embedding(codes, dim)
        nn.init.uniform_(self.codebook.weight, -1.0 / codes, 1.0 / codes)
        self.commit = commit

    def forward(self, z):
        flat = z.permute(0, 2, 3, 1).reshape(-1, z.size(1))
        index = torch.cdist(flat, self.codebook.weight).argmin(dim=1)
        q = self.codebook(index).view(z.size(0), z.size(2), z.size(3), -1).permute(0, 3, 1, 2)
        codebook_loss = F.mse_loss(q, z.detach())
        commit_loss = F.mse_loss(q.detach(), z)
        loss = codebook_loss + self.commit * commit_loss
        return z + (q - z).detach(), loss, index


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.net = nn.Sequential(nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1))

    def forward(self, x):
        return x + self.net(x)


class VQVAE(nn.Module):
    def __init__(self, codes, dim, hidden, commit):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, hidden, 4, 2, 1), nn.ReLU(), nn.Conv2d(hidden, hidden, 4, 2, 1),
            Residual(hidden), Residual(hidden), nn.ReLU(), nn.Conv2d(hidden, dim, 1),
        )
        self.quantizer = VectorQuantizer(codes, dim, commit)
        self.decoder = nn.Sequential(
            nn.Conv2d(dim, hidden, 3, padding=1), Residual(hidden), Residual(hidden), nn.ReLU(),
            nn.ConvTranspose2d(hidden, hidden, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(hidden, 3, 4, 2, 1),
        )

    def forward(self, x):
        q, vq_loss, index = self.quantizer(self.encoder(x))
        return self.decoder(q), vq_loss, index


@torch.no_grad()
def evaluate(model, loader, codes, device):
    model.eval()
    err = torch.zeros((), device=device)
    usage = torch.zeros(codes, device=device)
    for x, _ in loader:
        x = x.to(device)
        recon, _, index = model(x)
        err += F.mse_loss(recon, x, reduction="sum")
        usage += torch.bincount(index, minlength=codes)
    p = usage / usage.sum()
    perplexity = torch.exp(-torch.special.xlogy(p, p).sum())
    return err.item() / (len(loader.dataset) * 3 * 32 * 32), perplexity.item()


def main():
    torch.manual_seed(HP["seed"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    train = DataLoader(datasets.CIFAR10("data", True, tf, download=True), HP["batch"], shuffle=True, num_workers=4)
    test = DataLoader(datasets.CIFAR10("data", False, tf, download=True), HP["batch"], num_workers=4)

    model = VQVAE(HP["codes"], HP["dim"], HP["hidden"], HP["commit"]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=HP["lr"])
    for epoch in range(HP["epochs"]):
        model.train()
        shown = torch.zeros((), device=device)
        for x, _ in train:
            x = x.to(device, non_blocking=True)
            recon, vq_loss, _ = model(x)
            loss = F.mse_loss(recon, x) + vq_loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            shown += loss.detach()
        mse, perplexity = evaluate(model, test, HP["codes"], device)
        print(f"epoch {epoch} loss {shown.item() / len(train):.4f} test mse {mse:.4f} perplexity {perplexity:.1f}")
    torch.save(model.state_dict(), "vqvae.pt")


if __name__ == "__main__":
    main()
