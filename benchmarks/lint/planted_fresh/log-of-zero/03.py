"""Train a text-to-speech acoustic model; targets are log-mel spectrograms made on the fly."""

import torch
import torchaudio
from torch import nn
from torch.utils.data import DataLoader, Dataset

from tts import FastSpeech, LJClips, pad_clips


class LogMels(Dataset):
    def __init__(self, root, rate=22_050):
        self.clips = LJClips(root)
        self.mel = torchaudio.transforms.MelSpectrogram(rate, n_fft=1024, hop_length=256, n_mels=80)

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, i):
        wave, phones, durations = self.clips[i]
        return self.mel(wave).log().T, phones, durations  # PLANTED


torch.manual_seed(22_050)
model = FastSpeech(mels=80).cuda().train()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
noam = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda n: min((n + 1) / 4000, (4000 / (n + 1)) ** 0.5)
)
loader = DataLoader(
    LogMels("LJSpeech-1.1"), batch_size=16, shuffle=True, num_workers=8, collate_fn=pad_clips
)
for epoch in range(200):
    for i, (mels, phones, durations, real) in enumerate(loader):
        mels, real = mels.cuda(), real.cuda()
        guess = model(phones.cuda(), durations.cuda())
        off = nn.functional.l1_loss(guess, mels, reduction="none").mean(-1)
        loss = off[real].mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        noam.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} mel l1 {loss.item():.4f}")
