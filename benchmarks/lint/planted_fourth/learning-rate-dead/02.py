"""Annotated-transformer style German-English translation."""
import argparse
import math

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

PAD, BOS, EOS = 0, 1, 2


class ParallelText(Dataset):
    def __init__(self, prefix):
        with open(prefix + ".de.ids") as s, open(prefix + ".en.ids") as t:
            self.pairs = [([int(i) for i in a.split()][:126], [int(i) for i in b.split()][:126])
                          for a, b in zip(s, t)]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, idx):
        src, tgt = self.pairs[idx]
        return torch.tensor(src + [EOS]), torch.tensor([BOS] + tgt + [EOS])


def collate(batch):
    return tuple(pad_sequence(z, batch_first=True, padding_value=PAD) for z in zip(*batch))


class Seq2Seq(nn.Module):
    def __init__(self, vocab, d_model=512, heads=8, layers=6, dropout=0.1):
        super().__init__()
        self.d_model = d_model
        self.emb = nn.Embedding(vocab, d_model, padding_idx=PAD)
        nn.init.normal_(self.emb.weight, std=d_model ** -0.5)
        self.core = nn.Transformer(d_model, heads, layers, layers, 4 * d_model, dropout, batch_first=True)
        self.proj = nn.Linear(d_model, vocab)
        pos = torch.arange(512).unsqueeze(1)
        div = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(512, d_model)
        pe[:, 0::2], pe[:, 1::2] = torch.sin(pos * div), torch.cos(pos * div)
        self.register_buffer("pe", pe)
        self.drop = nn.Dropout(dropout)

    def embed(self, x):
        return self.drop(self.emb(x) * math.sqrt(self.d_model) + self.pe[: x.size(1)])

    def forward(self, src, tgt):
        causal = torch.triu(torch.ones(tgt.size(1), tgt.size(1), dtype=torch.bool, device=tgt.device), 1)
        h = self.core(self.embed(src), self.embed(tgt), tgt_mask=causal, src_key_padding_mask=src.eq(PAD),
                      tgt_key_padding_mask=tgt.eq(PAD), memory_key_padding_mask=src.eq(PAD))
        return self.proj(h)


def rate(step, model_size, warmup):
    step = max(step, 1)
    return model_size ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5))


def run_epoch(model, loader, criterion, device, optimizer=None, scheduler=None):
    training = optimizer is not None
    model.train(training)
    total, tokens = torch.zeros((), device=device), torch.zeros((), device=device)
    with torch.set_grad_enabled(training):
        for i, (src, tgt) in enumerate(loader):
            src, tgt = src.to(device), tgt.to(device)
            gold = tgt[:, 1:]
            loss = criterion(model(src, tgt[:, :-1]).transpose(1, 2), gold)
            if training:
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
                if i % 200 == 0:
                    print(f"step {i:6d} loss {loss.item():.4f} lr {scheduler.get_last_lr()[0]:.3e}")
            n = gold.ne(PAD).sum()
            total += loss.detach() * n
            tokens += n
    return (total / tokens).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--train", default="data/train")
    ap.add_argument("--valid", default="data/valid")
    ap.add_argument("--vocab", type=int, default=16000)
    ap.add_argument("--lr", type=float, default=1e-4)  # PLANTED
    ap.add_argument("--warmup", type=int, default=4000)
    ap.add_argument("--epochs", type=int, default=20)
    ap.add_argument("--batch-size", type=int, default=64)
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(ParallelText(args.train), args.batch_size, shuffle=True, collate_fn=collate)
    valid = DataLoader(ParallelText(args.valid), args.batch_size, collate_fn=collate)

    model = Seq2Seq(args.vocab).to(device)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, betas=(0.9, 0.98), eps=1e-9)
    scheduler = LambdaLR(optimizer, lr_lambda=lambda s: rate(s, model.d_model, args.warmup))

    best = float("inf")
    for epoch in range(args.epochs):
        tr = run_epoch(model, train, criterion, device, optimizer, scheduler)
        va = run_epoch(model, valid, criterion, device)
        print(f"| epoch {epoch} | train {tr:.4f} | valid {va:.4f} | ppl {math.exp(va):.2f}")
        if va < best:
            best = va
            torch.save(model.state_dict(), "best_transformer.pt")


if __name__ == "__main__":
    main()
