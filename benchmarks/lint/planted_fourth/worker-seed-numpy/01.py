import glob
import os

import numpy as np
import torch
import torch.nn as nn
from PIL import Image
from torch.utils.data import DataLoader, Dataset

SEED = 42
torch.manual_seed(SEED)
np.random.seed(SEED)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class NoisyImageDataset(Dataset):
    """Random crops with additive gaussian noise of random strength."""

    def __init__(self, folder, crop=96, sigma=(5, 50), seed=SEED):
        self.files = sorted(glob.glob(os.path.join(folder, "*.png")))
        self.crop = crop
        self.sigma = sigma
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return len(self.files)

    def __getitem__(self, idx):
        img = np.asarray(Image.open(self.files[idx]).convert("RGB"), dtype=np.float32) / 255.0
        h, w, _ = img.shape
        top = self.rng.integers(0, h - self.crop + 1)
        left = self.rng.integers(0, w - self.crop + 1)
        clean = img[top:top + self.crop, left:left + self.crop]
        if self.rng.random() < 0.5:
            clean = clean[:, ::-1]
        sigma = self.rng.uniform(*self.sigma) / 255.0
        noisy = clean + self.rng.normal(0, sigma, clean.shape)
        clean = torch.from_numpy(np.ascontiguousarray(clean)).permute(2, 0, 1)
        noisy = torch.from_numpy(noisy.astype(np.float32)).permute(2, 0, 1)
        return noisy, clean


class FixedNoiseDataset(Dataset):
    def __init__(self, folder, sigma=25, crop=256):
        self.files = sorted(glob.glob(os.path.join(folder, "*.png")))
        self.sigma = sigma / 255.0
        self.crop = crop

    def __len__(self):
        return len(self.files)

    def __getitem__(self, idx):
        img = Image.open(self.files[idx]).convert("RGB").crop((0, 0, self.crop, self.crop))
        clean = torch.from_numpy(np.array(img, dtype=np.float32) / 255.0).permute(2, 0, 1)
        gen = torch.Generator().manual_seed(idx)
        return clean + torch.randn(clean.shape, generator=gen) * self.sigma, clean


class Denoiser(nn.Module):
    def __init__(self, ch=64, depth=12):
        super().__init__()
        layers = [nn.Conv2d(3, ch, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(ch, ch, 3, padding=1, bias=False), nn.BatchNorm2d(ch), nn.ReLU(inplace=True)]
        layers.append(nn.Conv2d(ch, 3, 3, padding=1))
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return x - self.net(x)


train_loader = DataLoader(NoisyImageDataset("data/DIV2K/train"), batch_size=32, shuffle=True, num_workers=8, drop_last=True)  # PLANTED
val_loader = DataLoader(FixedNoiseDataset("data/DIV2K/valid"), batch_size=4, num_workers=4)

model = Denoiser().to(device)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=60, gamma=0.2)

for epoch in range(150):
    model.train()
    total = torch.zeros((), device=device)
    for noisy, clean in train_loader:
        noisy, clean = noisy.to(device), clean.to(device)
        optimizer.zero_grad()
        loss = criterion(model(noisy), clean)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    scheduler.step()

    model.eval()
    psnr, n = torch.zeros((), device=device), 0
    with torch.no_grad():
        for noisy, clean in val_loader:
            noisy, clean = noisy.to(device), clean.to(device)
            err = ((model(noisy).clamp(0, 1) - clean) ** 2).mean(dim=(1, 2, 3))
            psnr += (-10 * torch.log10(err)).sum()
            n += len(clean)
    print(f"epoch {epoch}: train mse {total.item() / len(train_loader):.6f}, val psnr {psnr.item() / n:.2f}")
