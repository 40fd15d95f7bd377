"""Separate voices in mixtures: magnitudes go through logarithms that stay finite."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

from voices import WSJ2Mix

torch.manual_seed(2)
WINDOW = torch.hann_window(512).cuda()


def spectrum(wave):
    return torch.stft(wave, 512, 128, window=WINDOW, return_complex=True).abs()


class Masker(nn.Module):
    def __init__(self, bins=257):
        super().__init__()
        self.rnn = nn.LSTM(bins, 300, 2, batch_first=True, bidirectional=True)
        self.mask = nn.Linear(600, bins)

    def forward(self, mixed):
        loudness = torch.log1p(mixed).transpose(1, 2)
        return torch.sigmoid(self.mask(self.rnn(loudness)[0])).transpose(1, 2) * mixed


net = Masker().cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
mixtures = DataLoader(WSJ2Mix("train"), batch_size=32, shuffle=True, num_workers=4)
for epoch in range(50):
    for i, (mixed, voice) in enumerate(mixtures):
        guess, wanted = net(spectrum(mixed.cuda())), spectrum(voice.cuda())
        loss = F.l1_loss((guess + 1e-5).log(), wanted.clamp_min(1e-5).log())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        if i % 100 == 0:
            print(f"epoch {epoch} mixture {i} log spectral distance {loss.item():.4f}")
