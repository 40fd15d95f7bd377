"""Sequence-to-sequence transformer for grapheme-to-phoneme conversion."""
import math
import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, BOS, EOS, UNK = 0, 1, 2, 3
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Symbols:
    def __init__(self, sequences):
        kinds = sorted({s for seq in sequences for s in seq})
        self.index = {s: i + 4 for i, s in enumerate(kinds)}

    def __len__(self):
        return len(self.index) + 4

    def encode(self, seq):
        return torch.tensor([BOS] + [self.index.get(s, UNK) for s in seq] + [EOS])


class G2P(nn.Module):
    def __init__(self, n_src, n_tgt, d=256, heads=4, layers=3, p=0.1, max_len=64):
        super().__init__()
        self.src_emb = nn.Embedding(n_src, d, padding_idx=PAD)
        self.tgt_emb = nn.Embedding(n_tgt, d, padding_idx=PAD)
        self.pos = nn.Embedding(max_len, d)
        self.core = nn.Transformer(d, heads, layers, layers, 4 * d, p, batch_first=True)
        self.out = nn.Linear(d, n_tgt)
        self.d = d

    def _embed(self, table, ids):
        return table(ids) + self.pos(torch.arange(ids.size(1), device=ids.device))

    def forward(self, src, tgt):
        t = tgt.size(1)
        causal = torch.triu(torch.ones(t, t, dtype=torch.bool, device=tgt.device), diagonal=1)
        h = self.core(
            self._embed(self.src_emb, src),
            self._embed(self.tgt_emb, tgt),
            tgt_mask=causal,
            src_key_padding_mask=src == PAD,
            tgt_key_padding_mask=tgt == PAD,
            memory_key_padding_mask=src == PAD,
        )
        return self.out(h)


def noam(d_model, ramp, scale=1.0):
    def factor(step):
        step += 1
        return scale * d_model ** -0.5 * min(step ** -0.5, step * ramp ** -1.5)
    return factor


def read_lexicon(path):
    with open(path, encoding="utf-8") as fh:
        for line in fh:
            word, phones = line.rstrip("\n").split("\t")
            yield list(word), phones.split()


@torch.no_grad()
def dev_loss(model, loader, criterion):
    model.eval()
    total, batches = torch.zeros((), device=DEVICE), 0
    for src, tgt in loader:
        src, tgt = src.to(DEVICE), tgt.to(DEVICE)
        total += criterion(model(src, tgt[:, :-1]).flatten(0, 1), tgt[:, 1:].flatten())
        batches += 1
    return total.item() / batches


def main():
    random.seed(55)
    torch.manual_seed(55)
    pairs = list(read_lexicon("cmudict.tsv"))
    random.shuffle(pairs)
    dev, train = pairs[:3000], pairs[3000:]
    letters, phones = Symbols(p[0] for p in train), Symbols(p[1] for p in train)

    def collate(rows):
        src = pad_sequence([letters.encode(w) for w, _ in rows], batch_first=True, padding_value=PAD)
        tgt = pad_sequence([phones.encode(p) for _, p in rows], batch_first=True, padding_value=PAD)
        return src, tgt

    train_loader = DataLoader(train, batch_size=256, shuffle=True, collate_fn=collate)
    dev_loader = DataLoader(dev, batch_size=512, collate_fn=collate)

    model = G2P(len(letters), len(phones)).to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, noam(model.d, ramp=4000))
    criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)

    best = math.inf
    for epoch in range(40):
        model.train()
        for step, (src, tgt) in enumerate(train_loader):
            src, tgt = src.to(DEVICE), tgt.to(DEVICE)
            optimizer.zero_grad()
            loss = criterion(model(src, tgt[:, :-1]).flatten(0, 1), tgt[:, 1:].flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f} lr {scheduler.get_last_lr()[0]:.2e}")
        current = dev_loss(model, dev_loader, criterion)
        print(f"epoch {epoch} dev loss {current:.4f}")
        if current < best:
            best = current
            torch.save(model.state_dict(), "g2p.pt")


if __name__ == "__main__":
    main()
