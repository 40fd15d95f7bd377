"""Trains a speech command classifier in mixed precision with accumulated gradients."""

import time

import torch
import torchaudio
from torch import nn
from torch.utils.data import DataLoader

ACCUMULATE = 4
SEED = 21


class Commands(nn.Module):
    def __init__(self, labels):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(16000, n_mels=64)
        self.body = nn.Sequential(
            nn.Conv1d(64, 128, 5, stride=2), nn.ReLU(),
            nn.Conv1d(128, 256, 5, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        )
        self.head = nn.Linear(256, labels)

    def forward(self, wave):
        return self.head(self.body((self.mel(wave) + 1e-6).log()))


def same_length(batch, labels):
    waves = torch.zeros(len(batch), 16000)
    for row, item in zip(waves, batch):
        row[: item[0].shape[1]] = item[0][0, :16000]
    return waves, torch.tensor([labels.index(item[2]) for item in batch])


def main():
    torch.manual_seed(SEED)
    data = torchaudio.datasets.SPEECHCOMMANDS(".", subset="training")
    labels = sorted({data.get_metadata(i)[2] for i in range(len(data))})
    loader = DataLoader(
        data, batch_size=64, shuffle=True, num_workers=4, drop_last=True,
        collate_fn=lambda batch: same_length(batch, labels),
    )
    model = Commands(len(labels)).cuda()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)

    for epoch in range(15):
        began = time.perf_counter()
        shown = torch.zeros((), device="cuda")
        for i, (wave, label) in enumerate(loader, start=1):
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = criterion(model(wave.cuda()), label.cuda()) / ACCUMULATE
            loss.backward()  # PLANTED
            shown += loss.detach() * ACCUMULATE
            if i % ACCUMULATE == 0:
                nn.utils.clip_grad_norm_(model.parameters(), max_norm=2.0)
                optimizer.zero_grad(set_to_none=True)
        print(f"[{epoch}] {shown.item() / i:.4f} in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
