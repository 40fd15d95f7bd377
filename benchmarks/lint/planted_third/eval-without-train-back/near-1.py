"""Entity tags for clinical notes, looked at every few hundred steps from inside of the epoch."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from notes import NoteDataset, collate_notes

NO_TAG = -100


@contextmanager
def at_rest(net: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


class Tagger(nn.Module):
    def __init__(self, vocab: int, tags: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocab, 128, padding_idx=0)
        self.context = nn.GRU(128, 128, 2, batch_first=True, bidirectional=True, dropout=0.3)
        self.tag = nn.Sequential(nn.Dropout(0.3), nn.Linear(256, tags))

    def forward(self, ids):
        return self.tag(self.context(self.words(ids))[0])


torch.manual_seed(14)
train_notes, val_notes = NoteDataset("notes/train"), NoteDataset("notes/val")
train = DataLoader(train_notes, batch_size=32, shuffle=True, collate_fn=collate_notes)
val = DataLoader(val_notes, batch_size=64, collate_fn=collate_notes)
net = Tagger(train_notes.num_words, train_notes.num_tags).cuda()
loss_of = nn.CrossEntropyLoss(ignore_index=NO_TAG)
adam = torch.optim.Adam(net.parameters(), lr=2e-3)

step = 0
for epoch in range(12):
    for ids, tags in train:
        loss = loss_of(net(ids.cuda()).transpose(1, 2), tags.cuda())
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        if step % 300 == 0:
            right, asked = torch.zeros((), device="cuda"), torch.zeros((), device="cuda")
            with at_rest(net):
                for v_ids, v_tags in val:
                    v_tags = v_tags.cuda()
                    known = v_tags != NO_TAG
                    right += ((net(v_ids.cuda()).argmax(-1) == v_tags) & known).sum()
                    asked += known.sum()
            print(f"epoch {epoch} step {step} loss {loss.item():.4f} val {(right / asked).item():.4f}")
