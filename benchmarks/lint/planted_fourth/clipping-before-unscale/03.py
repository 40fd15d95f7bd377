"""Mel-spectrogram vocoder GAN, mixed precision."""
import argparse
import random
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchaudio
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, Dataset

SR, HOP, SEG = 22050, 256, 8192


class Clips(Dataset):
    def __init__(self, files, train):
        self.files, self.train = files, train

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        wav, _ = torchaudio.load(self.files[i])
        wav = F.pad(wav[:1], (0, max(0, SEG - wav.size(1))))
        at = int(torch.randint(wav.size(1) - SEG + 1, ())) if self.train else 0
        return wav[:, at:at + SEG]


class LogMel(nn.Module):
    def __init__(self):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(SR, n_fft=1024, hop_length=HOP, n_mels=80)

    def forward(self, wav):
        return torch.log(self.mel(wav.squeeze(1)).clamp(min=1e-5))[..., : wav.size(-1) // HOP]


class Up(nn.Module):
    def __init__(self, i, o, r):
        super().__init__()
        self.up = nn.ConvTranspose1d(i, o, 2 * r, r, r // 2)
        self.res = nn.ModuleList(nn.Conv1d(o, o, 3, padding=d, dilation=d) for d in (1, 3, 9))

    def forward(self, x):
        x = self.up(F.leaky_relu(x, 0.1))
        for conv in self.res:
            x = x + conv(F.leaky_relu(x, 0.1))
        return x


def make_generator():
    return nn.Sequential(nn.Conv1d(80, 512, 7, padding=3), Up(512, 256, 8), Up(256, 128, 8), Up(128, 64, 2), Up(64, 32, 2),
                         nn.LeakyReLU(0.1), nn.Conv1d(32, 1, 7, padding=3), nn.Tanh())


def make_discriminator():
    spec = [(1, 64, 15, 1), (64, 128, 41, 4), (128, 256, 41, 4), (256, 512, 41, 4), (512, 512, 5, 1)]
    layers = []
    for i, o, k, s in spec:
        layers += [nn.Conv1d(i, o, k, s, k // 2), nn.LeakyReLU(0.1)]
    return nn.Sequential(*layers, nn.Conv1d(512, 1, 3, padding=1))


def train_epoch(gen, disc, opt_g, opt_d, scaler, to_mel, loader, device, epoch, args):
    gen.train()
    disc.train()
    for it, real in enumerate(loader):
        real = real.to(device, non_blocking=True)
        mel = to_mel(real)

        # discriminator
        with torch.autocast("cuda", dtype=torch.float16):
            fake = gen(mel)
            d_real, d_fake = disc(real), disc(fake.detach())
            loss_d = F.mse_loss(d_real.float(), torch.ones_like(d_real, dtype=torch.float)) + d_fake.float().square().mean()
        opt_d.zero_grad(set_to_none=True)
        scaler.scale(loss_d).backward()
        scaler.unscale_(opt_d)
        clip_grad_norm_(disc.parameters(), args.clip)
        scaler.step(opt_d)

        # generator
        disc.requires_grad_(False)
        with torch.autocast("cuda", dtype=torch.float16):
            score = disc(fake)
        loss_mel = F.l1_loss(to_mel(fake.float()), mel)
        loss_g = (score.float() - 1).square().mean() + 45.0 * loss_mel
        opt_g.zero_grad(set_to_none=True)
        scaler.scale(loss_g).backward()
        clip_grad_norm_(gen.parameters(), args.clip)  # PLANTED
        scaler.step(opt_g)
        disc.requires_grad_(True)

        scaler.update()
        if it % args.log_every == 0:
            print(f"{epoch}:{it} D {loss_d.item():.3f} G {loss_g.item():.3f} mel {loss_mel.item():.3f}")


@torch.no_grad()
def mel_error(gen, to_mel, loader, device):
    gen.eval()
    errs = []
    for real in loader:
        mel = to_mel(real.to(device))
        errs.append(F.l1_loss(to_mel(gen(mel)), mel))
    return torch.stack(errs).mean().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--wavs", type=Path, default=Path("data/LJSpeech-1.1/wavs"))
    ap.add_argument("--batch", type=int, default=32)
    ap.add_argument("--epochs", type=int, default=200)
    ap.add_argument("--lr", type=float, default=2e-4)
    ap.add_argument("--clip", type=float, default=10.0)
    ap.add_argument("--log-every", type=int, default=100)
    ap.add_argument("--seed", type=int, default=1234)
    args = ap.parse_args()

    random.seed(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device("cuda")
    files = sorted(args.wavs.glob("*.wav"))
    random.shuffle(files)
    train = DataLoader(Clips(files[200:], True), args.batch, shuffle=True, drop_last=True, num_workers=8)
    valid = DataLoader(Clips(files[:200], False), args.batch, num_workers=2)
    gen, disc, to_mel = make_generator().to(device), make_discriminator().to(device), LogMel().to(device)
    opt_g = torch.optim.Adam(gen.parameters(), lr=args.lr, betas=(0.8, 0.99))
    opt_d = torch.optim.Adam(disc.parameters(), lr=args.lr, betas=(0.8, 0.99))
    sched = [torch.optim.lr_scheduler.ExponentialLR(o, 0.999) for o in (opt_g, opt_d)]
    scaler = torch.amp.GradScaler("cuda")
    for epoch in range(args.epochs):
        train_epoch(gen, disc, opt_g, opt_d, scaler, to_mel, train, device, epoch, args)
        for s in sched:
            s.step()
        print(f"epoch {epoch} valid mel L1 {mel_error(gen, to_mel, valid, device):.4f}")
        torch.save(gen.state_dict(), "generator.pt")


if __name__ == "__main__":
    main()
