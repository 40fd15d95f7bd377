"""Word-level GRU language model on packed sentences of uneven length."""
import itertools
import random
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, BOS, EOS = 0, 1, 2
MICRO, GROUP = 16, 6
EPOCHS, LR, CLIP = 12, 1.0, 0.5
dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def read_sentences(path, vocab=None):
    lines = [l.split() for l in Path(path).read_text(encoding="utf-8").splitlines() if l.strip()]
    if vocab is None:
        words = sorted({w for l in lines for w in l})
        vocab = {w: i + 4 for i, w in enumerate(words)}
    return [torch.tensor([BOS] + [vocab.get(w, 3) for w in l] + [EOS]) for l in lines], vocab


class GRULM(nn.Module):
    def __init__(self, n_words, dim=384):
        super().__init__()
        self.emb = nn.Embedding(n_words, dim, padding_idx=PAD)
        self.rnn = nn.GRU(dim, dim, num_layers=2, dropout=0.3, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(dim, n_words)

    def forward(self, ids):
        h, _ = self.rnn(self.drop(self.emb(ids)))
        return self.out(self.drop(h))


def token_loss(model, ids):
    src, tgt = ids[:, :-1], ids[:, 1:]
    logits = model(src)
    loss = F.cross_entropy(logits.flatten(0, 1), tgt.flatten(), ignore_index=PAD, reduction="sum")
    return loss, (tgt != PAD).sum()


def groups(loader, size):
    it = iter(loader)
    while chunk := list(itertools.islice(it, size)):
        yield chunk


def update(model, opt, chunk):
    opt.zero_grad()
    nll = torch.zeros((), device=dev)
    tokens = torch.zeros((), device=dev)
    for ids in chunk:
        loss, n = token_loss(model, ids.to(dev))
        loss.backward()
        nll += loss.detach()
        tokens += n
    for p in model.parameters():
        if p.grad is not None:
            p.grad.div_(tokens)
    nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    opt.step()
    return nll, tokens


@torch.no_grad()
def perplexity(model, loader):
    model.eval()
    nll, tokens = 0.0, 0
    for ids in loader:
        loss, n = token_loss(model, ids.to(dev))
        nll, tokens = nll + loss, tokens + n
    return (nll / tokens).exp().item()


def main():
    random.seed(3)
    torch.manual_seed(3)
    train, vocab = read_sentences("data/ptb.train.txt")
    valid, _ = read_sentences("data/ptb.valid.txt", vocab)
    pad = lambda b: pad_sequence(b, batch_first=True, padding_value=PAD)
    train_dl = DataLoader(train, MICRO, shuffle=True, collate_fn=pad)
    valid_dl = DataLoader(valid, 64, collate_fn=pad)

    model = GRULM(len(vocab) + 4).to(dev)
    opt = torch.optim.SGD(model.parameters(), lr=LR)
    sched = torch.optim.lr_scheduler.ExponentialLR(opt, 0.85)
    for epoch in range(EPOCHS):
        model.train()
        for i, chunk in enumerate(groups(train_dl, GROUP)):
            nll, tokens = update(model, opt, chunk)
            if i % 50 == 0:
                print(f"{epoch}/{i}: nll/token {(nll / tokens).item():.3f}")
        sched.step()
        print(f"epoch {epoch}: valid ppl {perplexity(model, valid_dl):.1f}")
    torch.save(model.state_dict(), "grulm.pt")


if __name__ == "__main__":
    main()
