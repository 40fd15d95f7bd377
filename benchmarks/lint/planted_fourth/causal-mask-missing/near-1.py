"""Masked-token pre-training of a small protein encoder."""
import math
import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

AMINO = "ACDEFGHIKLMNPQRSTVWY"
PAD, MASK = 0, 1
VOCAB = {a: i + 2 for i, a in enumerate(AMINO)}
N_TOK = len(VOCAB) + 2
DIM, HEADS, LAYERS, MAXLEN, P_DROP = 320, 10, 6, 512, 0.1
BATCH, EPOCHS, LR, WARMUP = 32, 20, 4e-4, 2000
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def read_fasta(path):
    seqs, cur = [], []
    with open(path) as fh:
        for line in fh:
            if line.startswith(">"):
                if cur:
                    seqs.append("".join(cur))
                cur = []
            else:
                cur.append(line.strip())
    if cur:
        seqs.append("".join(cur))
    return [torch.tensor([VOCAB[c] for c in s if c in VOCAB][:MAXLEN]) for s in seqs]


def corrupt(tokens):
    pick = (torch.rand(tokens.shape, device=tokens.device) < 0.15) & (tokens != PAD)
    labels = tokens.masked_fill(~pick, -100)
    roll = torch.rand(tokens.shape, device=tokens.device)
    noisy = tokens.masked_fill(pick & (roll < 0.8), MASK)
    swap = pick & (roll >= 0.9)
    return torch.where(swap, torch.randint_like(tokens, 2, N_TOK), noisy), labels


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.proj = nn.Linear(DIM, DIM)

    def forward(self, x, pad):
        B, T, _ = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / math.sqrt(DIM // HEADS)
        scores = scores.masked_fill(pad[:, None, None, :], float("-inf"))
        weights = F.dropout(F.softmax(scores, dim=-1), P_DROP, self.training)
        return self.proj((weights @ v).transpose(1, 2).reshape(B, T, DIM))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_a, self.ln_f = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.attn = SelfAttention()
        self.ffn = nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Dropout(P_DROP), nn.Linear(4 * DIM, DIM))

    def forward(self, x, pad):
        x = x + self.attn(self.ln_a(x), pad)
        return x + self.ffn(self.ln_f(x))


class ProteinLM(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(N_TOK, DIM, padding_idx=PAD)
        self.pos = nn.Embedding(MAXLEN, DIM)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(DIM)
        self.lm_head = nn.Linear(DIM, N_TOK)

    def forward(self, tokens):
        pad = tokens == PAD
        x = self.tok(tokens) + self.pos(torch.arange(tokens.size(1), device=tokens.device))
        for block in self.blocks:
            x = block(x, pad)
        return self.lm_head(self.norm(x))


def lm_loss(model, tokens):
    noisy, labels = corrupt(tokens.to(device))
    logits = model(noisy)
    return F.cross_entropy(logits.view(-1, N_TOK), labels.view(-1), ignore_index=-100)


def main():
    random.seed(8)
    torch.manual_seed(8)
    seqs = read_fasta("data/uniref_sample.fasta")
    random.shuffle(seqs)
    cut = len(seqs) // 20
    collate = lambda b: pad_sequence(b, batch_first=True, padding_value=PAD)
    valid = DataLoader(seqs[:cut], BATCH, collate_fn=collate)
    train = DataLoader(seqs[cut:], BATCH, shuffle=True, drop_last=True, collate_fn=collate)

    model = ProteinLM().to(device)
    opt = torch.optim.Adam(model.parameters(), lr=LR, betas=(0.9, 0.98))
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / WARMUP, 1.0))
    for epoch in range(EPOCHS):
        model.train()
        for i, tokens in enumerate(train):
            loss = lm_loss(model, tokens)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            if i % 100 == 0:
                print(f"epoch {epoch} it {i} loss {loss.item():.3f}")
        model.eval()
        with torch.no_grad():
            val = torch.stack([lm_loss(model, t) for t in valid]).mean()
        print(f"epoch {epoch} masked-token valid loss {val.item():.3f}")
        torch.save(model.state_dict(), "protein_lm.pt")


if __name__ == "__main__":
    main()
