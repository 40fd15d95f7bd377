"""Named entity tagger; milestones given in epochs."""
import torch
import torch.nn as nn
from torch.optim import lr_scheduler as lrs

from conll import load, PAD_TAG

torch.manual_seed(8)


class Tagger(nn.Module):
    def __init__(self, words, tags):
        super().__init__()
        self.emb = nn.Embedding(words, 100, padding_idx=0)
        self.lstm = nn.LSTM(100, 128, batch_first=True, bidirectional=True)
        self.out = nn.Linear(256, tags)

    def forward(self, x):
        h, _ = self.lstm(self.emb(x))
        return self.out(h)


def train(epochs=60):
    loader, n_words, n_tags = load("train", batch_size=32, shuffle=True)
    model = Tagger(n_words, n_tags)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = lrs.MultiStepLR(optimizer, milestones=[30, 50], gamma=0.1)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD_TAG)
    for epoch in range(epochs):
        for words, tags in loader:
            optimizer.zero_grad()
            loss = criterion(model(words).transpose(1, 2), tags)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()  # PLANTED
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    train()
