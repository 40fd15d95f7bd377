"""Packed language modelling without padding, and padded labels that are -100, the default."""
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence


def collate(rows):
    ids = pad_sequence([r[:-1] for r in rows], batch_first=True, padding_value=0)
    labels = pad_sequence([r[1:] for r in rows], batch_first=True, padding_value=-100)
    return ids, labels


def train(model, rows, epochs=3):
    torch.manual_seed(1)
    loader = torch.utils.data.DataLoader(rows, batch_size=16, shuffle=True, collate_fn=collate)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for ids, labels in loader:
            loss = F.cross_entropy(model(ids).transpose(1, 2), labels)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
