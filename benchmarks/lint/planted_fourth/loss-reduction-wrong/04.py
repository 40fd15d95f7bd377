"""Attention seq2seq chatbot (teacher forcing), pairs in a tab separated file."""
import random
from collections import Counter
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, SOS, EOS, UNK = 0, 1, 2, 3
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def readPairs(path, maxLen=15):
    pairs = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            a, b = line.rstrip("\n").split("\t")[:2]
            a, b = a.lower().split(), b.lower().split()
            if 0 < len(a) < maxLen and 0 < len(b) < maxLen:
                pairs.append((a, b))
    return pairs


def buildVocab(pairs, minCount=3):
    counts = Counter(w for p in pairs for side in p for w in side)
    words = ["<pad>", "<sos>", "<eos>", "<unk>"] + sorted(w for w, c in counts.items() if c >= minCount)
    return {w: i for i, w in enumerate(words)}


def collate(batch, vocab):
    enc = lambda ws: torch.tensor([vocab.get(w, UNK) for w in ws] + [EOS])
    src = pad_sequence([enc(a) for a, _ in batch], batch_first=True, padding_value=PAD)
    tgt = pad_sequence([enc(b) for _, b in batch], batch_first=True, padding_value=PAD)
    return src, tgt


class Seq2Seq(nn.Module):
    def __init__(self, vocabSize, hidden=384):
        super().__init__()
        self.embedding = nn.Embedding(vocabSize, hidden, padding_idx=PAD)
        self.encoder = nn.GRU(hidden, hidden, batch_first=True)
        self.decoder = nn.GRU(hidden, hidden, batch_first=True)
        self.concat = nn.Linear(hidden * 2, hidden)
        self.out = nn.Linear(hidden, vocabSize)
        self.dropout = nn.Dropout(0.1)

    def forward(self, src, tgtIn):
        srcLens = (src != PAD).sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.embedding(src)), srcLens, batch_first=True, enforce_sorted=False)
        encOut, h = self.encoder(packed)
        encOut, _ = nn.utils.rnn.pad_packed_sequence(encOut, batch_first=True, total_length=src.size(1))
        decOut, _ = self.decoder(self.dropout(self.embedding(tgtIn)), h)
        scores = decOut @ encOut.transpose(1, 2)
        scores = scores.masked_fill((src == PAD).unsqueeze(1), float("-inf"))
        context = scores.softmax(-1) @ encOut
        return self.out(torch.tanh(self.concat(torch.cat([decOut, context], -1))))


def maskNLLLoss(logits, target):
    mask = target.ne(PAD)
    nTotal = mask.sum()
    crossEntropy = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    loss = crossEntropy.masked_fill(~mask, 0.0).sum()  # PLANTED
    return loss, nTotal


def shiftRight(tgt):
    return torch.cat([torch.full_like(tgt[:, :1], SOS), tgt[:, :-1]], dim=1)


def evaluate(model, loader):
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for src, tgt in loader:
            src, tgt = src.to(device), tgt.to(device)
            mask = tgt.ne(PAD)
            guess = model(src, shiftRight(tgt)).argmax(-1)
            correct += (guess.eq(tgt) & mask).sum().item()
            total += mask.sum().item()
    return correct / total


def trainIters(model, trainLoader, valLoader, nEpochs=30, printEvery=100):
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    it = 0
    for epoch in range(nEpochs):
        model.train()
        for src, tgt in trainLoader:
            src, tgt = src.to(device), tgt.to(device)
            optimizer.zero_grad()
            loss, nTotal = maskNLLLoss(model(src, shiftRight(tgt)), tgt)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 50.0)
            optimizer.step()
            it += 1
            if it % printEvery == 0:
                print(f"Iteration {it}: loss {loss.item():.4f} over {nTotal.item()} tokens")
        print(f"Epoch {epoch}: val token accuracy {evaluate(model, valLoader):.4f}")


if __name__ == "__main__":
    random.seed(11)
    torch.manual_seed(11)
    allPairs = readPairs("data/formatted_movie_lines.txt")
    random.shuffle(allPairs)
    split = int(len(allPairs) * 0.95)
    trainPairs, valPairs = allPairs[:split], allPairs[split:]
    vocab = buildVocab(trainPairs)
    fn = partial(collate, vocab=vocab)
    net = Seq2Seq(len(vocab)).to(device)
    trainIters(net,
               DataLoader(trainPairs, batch_size=64, shuffle=True, collate_fn=fn),
               DataLoader(valPairs, batch_size=128, collate_fn=fn))
    torch.save({"model": net.state_dict(), "vocab": vocab}, "chatbot.pt")
