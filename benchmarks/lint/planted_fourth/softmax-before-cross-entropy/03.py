"""Date normaliser: GRU encoder-decoder with dot attention, char level ("3 May 1979" -> "1979-05-03")."""
import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, SOS, EOS = 0, 1, 2
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Lang:
    def __init__(self, texts):
        chars = sorted(set("".join(texts)))
        self.stoi = {c: i + 3 for i, c in enumerate(chars)}
        self.n_tokens = len(chars) + 3

    def encode(self, text):
        return torch.tensor([self.stoi[c] for c in text if c in self.stoi] + [EOS])


class EncoderRNN(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden, padding_idx=PAD)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)

    def forward(self, src, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(src), lengths, batch_first=True, enforce_sorted=False
        )
        outputs, hidden = self.gru(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
        return outputs, hidden


class AttnDecoderRNN(nn.Module):
    def __init__(self, vocab, hidden, max_len=11):
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden, padding_idx=PAD)
        self.gru = nn.GRU(2 * hidden, hidden, batch_first=True)
        self.out = nn.Linear(2 * hidden, vocab)
        self.max_len = max_len

    def forward(self, enc_out, hidden, src_mask, target=None):
        batch = enc_out.size(0)
        token = torch.full((batch, 1), SOS, dtype=torch.long, device=enc_out.device)
        steps = target.size(1) if target is not None else self.max_len
        outputs = []
        for t in range(steps):
            step_out, hidden = self.forward_step(token, hidden, enc_out, src_mask)
            outputs.append(step_out)
            if target is not None:
                token = target[:, t:t + 1]
            else:
                token = step_out.argmax(-1).detach()
        outputs = torch.cat(outputs, dim=1)
        return F.log_softmax(outputs, dim=-1)  # PLANTED

    def forward_step(self, token, hidden, enc_out, src_mask):
        query = hidden[-1].unsqueeze(1)
        energy = torch.bmm(query, enc_out.transpose(1, 2)) / enc_out.size(-1) ** 0.5
        weights = F.softmax(energy.masked_fill(~src_mask.unsqueeze(1), -1e9), dim=-1)
        context = torch.bmm(weights, enc_out)
        gru_out, hidden = self.gru(torch.cat([self.embedding(token), context], dim=-1), hidden)
        return self.out(torch.cat([gru_out, context], dim=-1)), hidden


def read_pairs(path):
    with open(path, encoding="utf-8") as f:
        return [tuple(line.rstrip("\n").split("\t")) for line in f]


def make_collate(src_lang, tgt_lang):
    def collate(pairs):
        src = [src_lang.encode(s) for s, _ in pairs]
        tgt = [tgt_lang.encode(t) for _, t in pairs]
        lengths = torch.tensor([len(s) for s in src])
        return pad_sequence(src, True, PAD), lengths, pad_sequence(tgt, True, PAD)
    return collate


def exact_match(encoder, decoder, loader):
    encoder.eval()
    decoder.eval()
    hits, n = 0, 0
    with torch.no_grad():
        for src, lengths, tgt in loader:
            src, tgt = src.to(device), tgt.to(device)
            enc_out, hidden = encoder(src, lengths)
            pred = decoder(enc_out, hidden, src != PAD).argmax(-1)[:, :tgt.size(1)]
            hits += int(((pred == tgt) | (tgt == PAD)).all(dim=1).sum())
            n += src.size(0)
    return hits / n


def train(n_epochs=30, hidden=256, lr=1e-3):
    random.seed(1)
    torch.manual_seed(1)
    pairs = read_pairs("dates.tsv")
    random.shuffle(pairs)
    train_pairs, val_pairs = pairs[:-1000], pairs[-1000:]
    src_lang, tgt_lang = Lang([p[0] for p in train_pairs]), Lang([p[1] for p in train_pairs])
    collate = make_collate(src_lang, tgt_lang)
    train_dl = DataLoader(train_pairs, 64, shuffle=True, collate_fn=collate)
    val_dl = DataLoader(val_pairs, 256, collate_fn=collate)

    encoder = EncoderRNN(src_lang.n_tokens, hidden).to(device)
    decoder = AttnDecoderRNN(tgt_lang.n_tokens, hidden).to(device)
    params = list(encoder.parameters()) + list(decoder.parameters())
    optimizer = torch.optim.Adam(params, lr=lr)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD)

    for epoch in range(1, n_epochs + 1):
        encoder.train()
        decoder.train()
        total = torch.zeros((), device=device)
        for src, lengths, tgt in train_dl:
            src, tgt = src.to(device), tgt.to(device)
            optimizer.zero_grad()
            enc_out, hid = encoder(src, lengths)
            out = decoder(enc_out, hid, src != PAD, tgt)
            loss = criterion(out.reshape(-1, out.size(-1)), tgt.reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(params, 1.0)
            optimizer.step()
            total += loss.detach()
        print(epoch, f"loss {total.item() / len(train_dl):.4f}", f"val exact {exact_match(encoder, decoder, val_dl):.3f}")


if __name__ == "__main__":
    train()
