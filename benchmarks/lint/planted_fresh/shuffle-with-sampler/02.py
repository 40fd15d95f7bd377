"""Speech recognition with CTC; clips of like length share a batch."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Sampler

from speech import Utterances  # features (t, 80), transcript (n,), .lengths


class LikeLengths(Sampler):
    def __init__(self, lengths, batch_size):
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        self.batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]

    def __iter__(self):
        random.shuffle(self.batches)
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


def collate(rows):
    xs, ys = zip(*rows)
    sizes = torch.tensor([len(x) for x in xs]), torch.tensor([len(y) for y in ys])
    return pad_sequence(xs, batch_first=True), torch.cat(ys), *sizes


class Acoustic(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.rnn = nn.LSTM(80, 320, 4, bidirectional=True, batch_first=True, dropout=0.2)
        self.out = nn.Linear(640, symbols)

    def forward(self, x):
        return self.out(self.rnn(x)[0]).log_softmax(-1).transpose(0, 1)


random.seed(7)
torch.manual_seed(7)
data = Utterances("train-clean-100")
buckets = LikeLengths(data.lengths, 24)
loader = DataLoader(data, batch_sampler=buckets, shuffle=True, collate_fn=collate)  # PLANTED
model = Acoustic(data.num_symbols).cuda()
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
ctc = nn.CTCLoss(zero_infinity=True)

for epoch in range(50):
    total = torch.zeros((), device="cuda")
    for x, y, nx, ny in loader:
        opt.zero_grad()
        loss = ctc(model(x.cuda()), y.cuda(), nx, ny)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} ctc {total.item() / len(loader):.3f}")
