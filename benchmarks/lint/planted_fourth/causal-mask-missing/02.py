"""German-to-English translation with nn.Transformer."""
from typing import List, Tuple

import math
import torch
import torch.nn as nn
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, BOS, EOS, UNK = 0, 1, 2, 3
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class PositionalEncoding(nn.Module):
    def __init__(self, dim: int, dropout: float, max_len: int = 512):
        super().__init__()
        pos = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        pe = torch.zeros(max_len, dim)
        pe[:, 0::2], pe[:, 1::2] = torch.sin(pos * div), torch.cos(pos * div)
        self.register_buffer("pe", pe)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dropout(x + self.pe[: x.size(1)])


class Seq2SeqTransformer(nn.Module):
    def __init__(self, src_vocab: int, tgt_vocab: int, dim: int = 256, heads: int = 8, layers: int = 3):
        super().__init__()
        self.dim = dim
        self.src_emb = nn.Embedding(src_vocab, dim, padding_idx=PAD)
        self.tgt_emb = nn.Embedding(tgt_vocab, dim, padding_idx=PAD)
        self.pos = PositionalEncoding(dim, 0.1)
        self.transformer = nn.Transformer(dim, heads, layers, layers, 4 * dim, 0.1, batch_first=True)
        self.generator = nn.Linear(dim, tgt_vocab)

    def forward(self, src: torch.Tensor, tgt: torch.Tensor) -> torch.Tensor:
        src_pad, tgt_pad = src == PAD, tgt == PAD
        s = self.pos(self.src_emb(src) * math.sqrt(self.dim))
        t = self.pos(self.tgt_emb(tgt) * math.sqrt(self.dim))
        out = self.transformer(s, t, src_key_padding_mask=src_pad, tgt_key_padding_mask=tgt_pad, memory_key_padding_mask=src_pad)  # PLANTED
        return self.generator(out)


def fit_tokenizer(lines: List[str]) -> Tokenizer:
    tok = Tokenizer(models.BPE(unk_token="<unk>"))
    tok.pre_tokenizer = pre_tokenizers.Whitespace()
    tok.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=8000, special_tokens=["<pad>", "<s>", "</s>", "<unk>"]))
    return tok


def make_collate(src_tok: Tokenizer, tgt_tok: Tokenizer):
    def wrap(tok: Tokenizer, text: str) -> torch.Tensor:
        return torch.tensor([BOS] + tok.encode(text).ids + [EOS])

    def collate(rows: List[dict]) -> Tuple[torch.Tensor, torch.Tensor]:
        src = pad_sequence([wrap(src_tok, r["de"]) for r in rows], batch_first=True, padding_value=PAD)
        tgt = pad_sequence([wrap(tgt_tok, r["en"]) for r in rows], batch_first=True, padding_value=PAD)
        return src, tgt

    return collate


@torch.no_grad()
def evaluate(model: nn.Module, loader: DataLoader, criterion: nn.Module) -> float:
    model.eval()
    losses = []
    for src, tgt in loader:
        src, tgt = src.to(DEVICE), tgt.to(DEVICE)
        logits = model(src, tgt[:, :-1])
        losses.append(criterion(logits.flatten(0, 1), tgt[:, 1:].flatten()))
    return torch.stack(losses).mean().item()


def main(epochs: int = 20, batch_size: int = 128, peak_lr: float = 5e-4, warmup: int = 1000) -> None:
    torch.manual_seed(0)
    raw = load_dataset("bentrevett/multi30k")
    src_tok, tgt_tok = fit_tokenizer(raw["train"]["de"]), fit_tokenizer(raw["train"]["en"])
    collate = make_collate(src_tok, tgt_tok)
    train = DataLoader(raw["train"], batch_size, shuffle=True, collate_fn=collate)
    valid = DataLoader(raw["validation"], batch_size, collate_fn=collate)

    model = Seq2SeqTransformer(src_tok.get_vocab_size(), tgt_tok.get_vocab_size()).to(DEVICE)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=peak_lr, betas=(0.9, 0.98), eps=1e-9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warmup, math.sqrt(warmup / (s + 1))))

    for epoch in range(epochs):
        model.train()
        for step, (src, tgt) in enumerate(train):
            src, tgt = src.to(DEVICE), tgt.to(DEVICE)
            logits = model(src, tgt[:, :-1])
            loss = criterion(logits.flatten(0, 1), tgt[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            if step % 50 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.3f}")
        print(f"epoch {epoch} valid loss {evaluate(model, valid, criterion):.3f}")
        torch.save(model.state_dict(), "de_en.pt")


if __name__ == "__main__":
    main()
