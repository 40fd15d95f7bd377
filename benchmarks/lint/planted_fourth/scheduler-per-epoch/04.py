"""German-to-English translation with a vanilla Transformer."""
import dataclasses
import math
import pathlib

import torch
import torch.nn as nn


@dataclasses.dataclass
class Options:
    root: str = "data/multi30k"
    vocab: int = 8000
    d_model: int = 256
    heads: int = 8
    layers: int = 3
    dropout: float = 0.1
    batch: int = 64
    epochs: int = 40
    warmup: int = 4000
    factor: float = 1.0
    pad: int = 0
    seed: int = 10


def noam(step, opt):
    step = max(step, 1)
    return opt.factor * opt.d_model ** -0.5 * min(step ** -0.5, step * opt.warmup ** -1.5)


class Positional(nn.Module):
    def __init__(self, d, p, length=512):
        super().__init__()
        pos = torch.arange(length)[:, None]
        freq = torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
        table = torch.zeros(length, d)
        table[:, 0::2], table[:, 1::2] = torch.sin(pos * freq), torch.cos(pos * freq)
        self.register_buffer("table", table)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        return self.drop(x + self.table[: x.size(1)])


class Translator(nn.Module):
    def __init__(self, opt):
        super().__init__()
        self.opt = opt
        self.src = nn.Embedding(opt.vocab, opt.d_model, padding_idx=opt.pad)
        self.tgt = nn.Embedding(opt.vocab, opt.d_model, padding_idx=opt.pad)
        self.pos = Positional(opt.d_model, opt.dropout)
        self.core = nn.Transformer(opt.d_model, opt.heads, opt.layers, opt.layers, 4 * opt.d_model, opt.dropout,
                                   batch_first=True)
        self.out = nn.Linear(opt.d_model, opt.vocab)

    def forward(self, src, tgt):
        n, scale = tgt.size(1), math.sqrt(self.opt.d_model)
        causal = torch.triu(torch.ones(n, n, dtype=torch.bool, device=tgt.device), 1)
        src_pad, tgt_pad = src == self.opt.pad, tgt == self.opt.pad
        h = self.core(self.pos(self.src(src) * scale), self.pos(self.tgt(tgt) * scale), tgt_mask=causal,
                      src_key_padding_mask=src_pad, tgt_key_padding_mask=tgt_pad, memory_key_padding_mask=src_pad)
        return self.out(h)


class Experiment:
    def __init__(self, opt):
        self.opt = opt
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.train_iter, self.valid_iter = self._loader("train"), self._loader("valid")
        self.model = Translator(opt).to(self.device)
        self.optim = torch.optim.Adam(self.model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
        self.sched = torch.optim.lr_scheduler.LambdaLR(self.optim, lambda step: noam(step, opt))
        self.loss = nn.CrossEntropyLoss(ignore_index=opt.pad, label_smoothing=0.1)

    def _loader(self, split):
        pairs = torch.load(pathlib.Path(self.opt.root, f"{split}.pt"), weights_only=True)
        return torch.utils.data.DataLoader(pairs, self.opt.batch, shuffle=split == "train", collate_fn=self._pad)

    def _pad(self, rows):
        pad = lambda seqs: nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=self.opt.pad)
        return pad([r[0] for r in rows]), pad([r[1] for r in rows])

    def _batch_loss(self, src, tgt):
        src, tgt = src.to(self.device), tgt.to(self.device)
        logits = self.model(src, tgt[:, :-1])
        return self.loss(logits.flatten(0, 1), tgt[:, 1:].flatten())

    def _fit_batches(self):
        self.model.train()
        total = torch.zeros((), device=self.device)
        for src, tgt in self.train_iter:
            self.optim.zero_grad(set_to_none=True)
            loss = self._batch_loss(src, tgt)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optim.step()
            total += loss.detach()
        return total.item() / len(self.train_iter)

    def _finish_epoch(self, epoch, train_loss):
        self.sched.step()  # PLANTED
        valid = self._validate()
        print(f"epoch {epoch:02d} train {train_loss:.3f} valid {valid:.3f} lr {self.sched.get_last_lr()[0]:.2e}")
        return valid

    @torch.no_grad()
    def _validate(self):
        self.model.eval()
        total = torch.zeros((), device=self.device)
        for src, tgt in self.valid_iter:
            total += self._batch_loss(src, tgt)
        return total.item() / len(self.valid_iter)

    def run(self):
        best = math.inf
        for epoch in range(self.opt.epochs):
            valid = self._finish_epoch(epoch, self._fit_batches())
            if valid < best:
                best = valid
                torch.save(self.model.state_dict(), "translator.pt")


if __name__ == "__main__":
    options = Options()
    torch.manual_seed(options.seed)
    Experiment(options).run()
