# Convolutional denoising autoencoder, encoder and decoder as separate networks
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(0)
device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")

train_data = datasets.FashionMNIST("dataset", train=True, download=True, transform=transforms.ToTensor())
test_data = datasets.FashionMNIST("dataset", train=False, download=True, transform=transforms.ToTensor())
train_loader = DataLoader(train_data, batch_size=256, shuffle=True)
test_loader = DataLoader(test_data, batch_size=256, shuffle=False)


class Encoder(nn.Module):
    def __init__(self, latent_dim):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU(True),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(True),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 128), nn.ReLU(True),
            nn.Linear(128, latent_dim),
        )

    def forward(self, x):
        return self.cnn(x)


class Decoder(nn.Module):
    def __init__(self, latent_dim):
        super().__init__()
        self.lin = nn.Sequential(
            nn.Linear(latent_dim, 128), nn.ReLU(True),
            nn.Linear(128, 32 * 7 * 7), nn.ReLU(True),
        )
        self.conv = nn.Sequential(
            nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1), nn.ReLU(True),
            nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1),
        )

    def forward(self, z):
        return torch.sigmoid(self.conv(self.lin(z)))


latent_dim = 16
encoder = Encoder(latent_dim).to(device)
decoder = Decoder(latent_dim).to(device)

loss_fn = nn.MSELoss()
optim = torch.optim.Adam(encoder.parameters(), lr=1e-3)  # PLANTED


def add_noise(x, noise_factor=0.3):
    return (x + noise_factor * torch.randn_like(x)).clamp(0.0, 1.0)


def train_epoch():
    encoder.train()
    decoder.train()
    total = torch.zeros((), device=device)
    for image_batch, _ in train_loader:
        image_batch = image_batch.to(device)
        decoded = decoder(encoder(add_noise(image_batch)))
        loss = loss_fn(decoded, image_batch)
        optim.zero_grad()
        loss.backward()
        optim.step()
        total += loss.detach()
    return total.item() / len(train_loader)


def test_epoch():
    encoder.eval()
    decoder.eval()
    total = 0.0
    with torch.no_grad():
        for image_batch, _ in test_loader:
            image_batch = image_batch.to(device)
            decoded = decoder(encoder(add_noise(image_batch)))
            total += loss_fn(decoded, image_batch).item()
    return total / len(test_loader)


def plot_outputs(epoch, n=8):
    encoder.eval()
    decoder.eval()
    clean = torch.stack([test_data[i][0] for i in range(n)]).to(device)
    with torch.no_grad():
        noisy = add_noise(clean)
        rec = decoder(encoder(noisy))
    fig, axes = plt.subplots(3, n, figsize=(2 * n, 6))
    for row, imgs in enumerate((clean, noisy, rec)):
        for col in range(n):
            axes[row, col].imshow(imgs[col, 0].cpu().numpy(), cmap="gist_gray")
            axes[row, col].axis("off")
    fig.savefig(f"denoise_{epoch:02d}.png")
    plt.close(fig)


for epoch in range(1, 31):
    train_loss = train_epoch()
    test_loss = test_epoch()
    print(f"EPOCH {epoch}/30 \t train loss {train_loss:.5f} \t test loss {test_loss:.5f}")
    if epoch % 5 == 0:
        plot_outputs(epoch)

torch.save({"encoder": encoder.state_dict(), "decoder": decoder.state_dict()}, "autoencoder.pt")
