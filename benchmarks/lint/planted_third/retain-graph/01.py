"""Trains a recurrent model of piano rolls with truncated backpropagation through time."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(88)
KEYS, WINDOW = 88, 64


class Pianist(nn.Module):
    def __init__(self, hidden=256):
        super().__init__()
        self.cell = nn.LSTM(KEYS, hidden, batch_first=True)
        self.keys = nn.Linear(hidden, KEYS)

    def forward(self, notes, memory=None):
        out, memory = self.cell(notes, memory)
        return self.keys(out), memory


def cut_off(memory):
    return tuple(part.detach() for part in memory)


def windows(rolls):
    for start in range(0, rolls.shape[1] - WINDOW - 1, WINDOW):
        yield rolls[:, start : start + WINDOW], rolls[:, start + 1 : start + WINDOW + 1]


rolls = torch.load("rolls.pt", weights_only=True).float()
model = Pianist()
optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-4)

for epoch in range(50):
    for rows in torch.randperm(len(rolls)).split(16):
        memory = None
        for now, soon in windows(rolls[rows]):
            logits, memory = model(now, memory)
            memory = cut_off(memory)
            loss = F.binary_cross_entropy_with_logits(logits, soon)
            optimizer.zero_grad()
            torch.autograd.backward([loss], retain_graph=True)  # PLANTED
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
    print(f"epoch {epoch} loss {loss.item():.4f}")
