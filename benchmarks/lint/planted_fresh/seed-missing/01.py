"""Train a sentiment CNN; all settings come from the command line."""
import argparse
import json
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("data")
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--batch-size", type=int, default=50)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


class KimCNN(nn.Module):
    def __init__(self, vocab, d=128, maps=100, widths=(3, 4, 5)):
        super().__init__()
        self.emb = nn.Embedding(vocab, d, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(d, maps, w, padding=w // 2) for w in widths)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(maps * len(widths), 2)

    def forward(self, x):
        e = self.emb(x).transpose(1, 2)
        return self.fc(self.drop(torch.cat([c(e).relu().amax(2) for c in self.convs], 1)))


def collate(rows):
    ids, labels = zip(*rows)
    return pad_sequence(ids, batch_first=True), torch.tensor(labels)


def main():
    args = arguments()
    print(json.dumps(vars(args)), file=sys.stderr)
    d = torch.load(args.data, weights_only=True)
    loader = DataLoader(d["train"], args.batch_size, shuffle=True, collate_fn=collate)
    model = KimCNN(d["vocab_size"])
    optim = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):  # PLANTED
        model.train()
        total = torch.zeros(())
        for x, y in loader:
            optim.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optim.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
