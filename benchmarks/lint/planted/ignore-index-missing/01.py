"""Translation with an LSTM encoder and decoder; batches are padded."""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from multi30k import Pairs, SRC, TRG

PAD = 0
torch.manual_seed(0)


def collate(rows):
    src, trg = zip(*rows)
    return pad_sequence(src, True, PAD), pad_sequence(trg, True, PAD)


class Seq2Seq(nn.Module):
    def __init__(self, d=256):
        super().__init__()
        self.es, self.et = nn.Embedding(len(SRC), d, padding_idx=PAD), nn.Embedding(len(TRG), d, padding_idx=PAD)
        self.enc, self.dec = nn.LSTM(d, d, batch_first=True), nn.LSTM(d, d, batch_first=True)
        self.out = nn.Linear(d, len(TRG))

    def forward(self, src, trg):
        _, state = self.enc(self.es(src))
        return self.out(self.dec(self.et(trg), state)[0])


model = Seq2Seq()
loader = DataLoader(Pairs("train"), batch_size=64, shuffle=True, collate_fn=collate)
criterion = nn.CrossEntropyLoss()  # PLANTED
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    model.train()
    for src, trg in loader:
        logits = model(src, trg[:, :-1])
        loss = criterion(logits.flatten(0, 1), trg[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
