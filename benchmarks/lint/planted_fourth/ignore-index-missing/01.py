import random
import time

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

SEED = 1234
random.seed(SEED)
torch.manual_seed(SEED)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

PAD_IDX, SOS_IDX, EOS_IDX, UNK_IDX = 0, 1, 2, 3
SPECIALS = ["<pad>", "<sos>", "<eos>", "<unk>"]


def read_pairs(path):
    with open(path, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t")[:2] for line in f]
    return [(a.lower().split(), b.lower().split()) for a, b in rows]


def build_vocab(sentences, min_freq=2):
    freq = {}
    for s in sentences:
        for w in s:
            freq[w] = freq.get(w, 0) + 1
    words = SPECIALS + sorted(w for w, c in freq.items() if c >= min_freq)
    return {w: i for i, w in enumerate(words)}


def encode(words, vocab):
    return torch.tensor([SOS_IDX] + [vocab.get(w, UNK_IDX) for w in words] + [EOS_IDX])


def collate_fn(batch):
    src = [encode(a, src_vocab) for a, _ in batch]
    trg = [encode(b, trg_vocab) for _, b in batch]
    lengths = torch.tensor([len(s) for s in src])
    return pad_sequence(src, padding_value=PAD_IDX), lengths, pad_sequence(trg, padding_value=PAD_IDX)


class Encoder(nn.Module):
    def __init__(self, input_dim, emb_dim, hid_dim, dropout):
        super().__init__()
        self.embedding = nn.Embedding(input_dim, emb_dim, padding_idx=PAD_IDX)
        self.rnn = nn.GRU(emb_dim, hid_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, src, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.dropout(self.embedding(src)), lengths, enforce_sorted=False)
        return self.rnn(packed)[1]


class Decoder(nn.Module):
    def __init__(self, output_dim, emb_dim, hid_dim, dropout):
        super().__init__()
        self.embedding = nn.Embedding(output_dim, emb_dim, padding_idx=PAD_IDX)
        self.rnn = nn.GRU(emb_dim, hid_dim)
        self.fc_out = nn.Linear(hid_dim, output_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, trg, hidden):
        out, _ = self.rnn(self.dropout(self.embedding(trg)), hidden)
        return self.fc_out(self.dropout(out))


class Seq2Seq(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, src, lengths, trg):
        return self.decoder(trg, self.encoder(src, lengths))


train_data, valid_data = read_pairs("deu.train.tsv"), read_pairs("deu.valid.tsv")
src_vocab = build_vocab(a for a, _ in train_data)
trg_vocab = build_vocab(b for _, b in train_data)
train_iter = DataLoader(train_data, batch_size=128, shuffle=True, collate_fn=collate_fn)
valid_iter = DataLoader(valid_data, batch_size=128, collate_fn=collate_fn)

model = Seq2Seq(Encoder(len(src_vocab), 256, 512, 0.5), Decoder(len(trg_vocab), 256, 512, 0.5)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()  # PLANTED


def run(iterator, train, clip=1.0):
    model.train(train)
    total = torch.zeros((), device=device)
    with torch.set_grad_enabled(train):
        for src, lengths, trg in iterator:
            src, trg = src.to(device), trg.to(device)
            output = model(src, lengths, trg[:-1])
            loss = criterion(output.reshape(-1, output.shape[-1]), trg[1:].reshape(-1))
            if train:
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimizer.step()
            total += loss.detach()
    return total.item() / len(iterator)


best_valid_loss = float("inf")
for epoch in range(10):
    start = time.time()
    train_loss = run(train_iter, True)
    valid_loss = run(valid_iter, False)
    if valid_loss < best_valid_loss:
        best_valid_loss = valid_loss
        torch.save(model.state_dict(), "seq2seq.pt")
    print(f"Epoch {epoch + 1:02} | {time.time() - start:.0f}s | train {train_loss:.3f} | valid {valid_loss:.3f}")
