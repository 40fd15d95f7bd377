"""Trains a translation model with a loss that is averaged over the tokens of a batch."""

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader

PAD = 0


class Seq2Seq(nn.Module):
    def __init__(self, source_words, target_words, width=256):
        super().__init__()
        self.source = nn.Embedding(source_words, width, padding_idx=PAD)
        self.target = nn.Embedding(target_words, width, padding_idx=PAD)
        self.reader = nn.GRU(width, width, batch_first=True)
        self.writer = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, target_words)

    def forward(self, source, target):
        _, state = self.reader(self.source(source))
        return self.out(self.writer(self.target(target), state)[0])


def collate(pairs):
    pad = lambda rows: nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
    return pad([s for s, _ in pairs]), pad([t for _, t in pairs])


def run():
    torch.manual_seed(1234)
    pairs = torch.load("pairs.pt", weights_only=True)
    loader = DataLoader(pairs, batch_size=96, shuffle=True, collate_fn=collate)
    model = Seq2Seq(12000, 9000)
    nll = nn.CrossEntropyLoss(ignore_index=PAD, reduction="sum")
    adam = torch.optim.Adam(model.parameters(), lr=5e-4)
    for epoch in range(12):
        for n, (source, target) in enumerate(loader):
            gold = target[:, 1:]
            logits = model(source, target[:, :-1])
            summed = nll(logits.flatten(0, 1), gold.flatten())
            loss = summed / (gold != PAD).sum()
            adam.zero_grad()
            loss.backward()
            clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            if n % 100 == 0:
                print(epoch, n, f"{loss.item():.3f} nats a token")


run()
