"""Part-of-speech tagging in which packed sequences leave nothing but words to the loss."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader

from treebank import NUM_TAGS, NUM_WORDS, UniversalDependencies

torch.manual_seed(17)


def collate(batch):
    words, tags = zip(*batch)
    return (
        pack_sequence(words, enforce_sorted=False),
        pack_sequence(tags, enforce_sorted=False),
    )


class PackedTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(NUM_WORDS, 64)
        self.rnn = nn.LSTM(64, 128, bidirectional=True)
        self.tag = nn.Linear(256, NUM_TAGS)

    def forward(self, words):
        hidden, _ = self.rnn(words._replace(data=self.embed(words.data)))
        return self.tag(hidden.data)


net = PackedTagger()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()
loader = DataLoader(UniversalDependencies("en", "train"), 64, shuffle=True, collate_fn=collate)
for epoch in range(10):
    total = torch.zeros(())
    for words, tags in loader:
        loss = loss_fn(net(words), tags.data)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
