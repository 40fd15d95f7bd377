"""Denoising model whose averaged copy is the one that gets evaluated."""
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

EPOCHS, BATCH, SIGMA = 30, 128, 0.2


class DnCNN(nn.Module):
    def __init__(self, depth=8, width=64):
        super().__init__()
        body = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(depth - 2):
            body += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
                     nn.ReLU(inplace=True)]
        body.append(nn.Conv2d(width, 3, 3, padding=1))
        self.body = nn.Sequential(*body)

    def forward(self, noisy):
        return noisy - self.body(noisy)


def psnr(mse):
    return -10.0 * torch.log10(mse)


def main():
    torch.manual_seed(17)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    to_tensor = transforms.ToTensor()
    augment = transforms.Compose([transforms.RandomHorizontalFlip(), to_tensor])
    train_dl = DataLoader(datasets.STL10("data", split="train", transform=augment, download=True),
                          BATCH, shuffle=True, num_workers=4, drop_last=True)
    test_ds = datasets.STL10("data", split="test", transform=to_tensor, download=True)
    test_dl = DataLoader(test_ds, BATCH, num_workers=4)

    model = DnCNN().to(device)
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999), use_buffers=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.MSELoss()

    model.train()
    for epoch in range(EPOCHS):
        total = torch.zeros((), device=device)
        for clean, _ in train_dl:
            clean = clean.to(device)
            noisy = clean + SIGMA * torch.randn_like(clean)
            loss = criterion(model(noisy), clean)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            ema.update_parameters(model)
            total += loss.detach()

        ema.eval()
        mse = torch.zeros((), device=device)
        gen = torch.Generator(device=device).manual_seed(0)
        with torch.no_grad():
            for clean, _ in test_dl:
                clean = clean.to(device)
                noise = torch.randn(clean.shape, generator=gen, device=device)
                mse += criterion(ema(clean + SIGMA * noise), clean) * clean.size(0)
        print(f"epoch {epoch}: loss {total.item() / len(train_dl):.5f} "
              f"psnr {psnr(mse / len(test_ds)).item():.2f} dB")

    torch.save(ema.module.state_dict(), "dncnn_ema.pt")


if __name__ == "__main__":
    main()
