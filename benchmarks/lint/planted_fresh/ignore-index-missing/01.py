"""Tag named entities with a bidirectional LSTM over sentences of unequal length."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader

from conll import WORDS, TAGS, CoNLL2003

PAD_WORD, PAD_TAG = WORDS["<pad>"], TAGS["<pad>"]


def collate(batch):
    words, tags = zip(*batch)
    lengths = torch.tensor([len(w) for w in words])
    words = pad_sequence(words, batch_first=True, padding_value=PAD_WORD)
    tags = pad_sequence(tags, batch_first=True, padding_value=PAD_TAG)
    return words, tags, lengths


class Tagger(nn.Module):
    def __init__(self, dim=100, hidden=200):
        super().__init__()
        self.embed = nn.Embedding(len(WORDS), dim, padding_idx=PAD_WORD)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(2 * hidden, len(TAGS))

    def forward(self, words, lengths):
        x = pack_padded_sequence(self.embed(words), lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.lstm(x)[0], batch_first=True)
        return self.out(self.drop(h))


torch.manual_seed(2003)
tagger = Tagger()
criterion = nn.CrossEntropyLoss()  # PLANTED
optimizer = torch.optim.Adam(tagger.parameters(), lr=1e-3)
loader = DataLoader(CoNLL2003("train"), batch_size=32, shuffle=True, collate_fn=collate)

tagger.train()
for epoch in range(15):
    total = 0.0
    for words, tags, lengths in loader:
        optimizer.zero_grad()
        scores = tagger(words, lengths)
        loss = criterion(scores.flatten(0, 1), tags.flatten())
        loss.backward()
        optimizer.step()
        total += loss.detach()
    print(f"epoch {epoch}: {total.item() / len(loader):.4f}")
