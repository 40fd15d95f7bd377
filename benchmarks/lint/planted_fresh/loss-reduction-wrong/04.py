"""Train a GRU language model on sentences of all lengths."""
import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD = 0


class GRULM(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, ids):
        hidden, _ = self.gru(self.emb(ids))
        return self.out(hidden)


def collate(sentences):
    return pad_sequence(sentences, batch_first=True, padding_value=PAD)


def nll(model, ids):
    inputs, targets = ids[:, :-1], ids[:, 1:]
    scores = model(inputs)
    each = F.cross_entropy(scores.transpose(1, 2), targets, reduction="none")
    keep = (targets != PAD).float()
    return torch.einsum("bt,bt->", each, keep)  # PLANTED


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", default="sentences.pt")
    p.add_argument("--vocab", type=int, default=12000)
    p.add_argument("--dim", type=int, default=384)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()

    torch.manual_seed(a.seed)
    corpus = torch.load(a.corpus, weights_only=True)
    loader = DataLoader(corpus, batch_size=64, shuffle=True, collate_fn=collate)
    model = GRULM(a.vocab, a.dim)
    opt = torch.optim.Adam(model.parameters(), lr=a.lr)

    for epoch in range(a.epochs):
        model.train()
        for step, ids in enumerate(loader):
            opt.zero_grad()
            loss = nll(model, ids)
            loss.backward()
            opt.step()
            if step % 200 == 0:
                print(f"{epoch}:{step} {loss.item():.3f}")
