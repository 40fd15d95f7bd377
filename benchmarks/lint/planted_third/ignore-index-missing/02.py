"""Part-of-speech tags for Faroese, with a convolution over letters and words."""
from collections import Counter

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

FILL = "<fill>"


def sentences(path):
    words, tags = [], []
    for line in open(path, encoding="utf8"):
        if line.startswith("#"):
            continue
        if line.strip():
            cells = line.split("\t")
            words.append(cells[1].lower())
            tags.append(cells[3])
        elif words:
            yield words, tags
            words, tags = [], []


train = list(sentences("fo_oft-train.conllu"))
val = list(sentences("fo_oft-dev.conllu"))
count = Counter(w for ws, _ in train for w in ws)
word_id = {w: i for i, w in enumerate([FILL, "<new>", *(w for w, c in count.items() if c > 1)])}
tag_id = {t: i for i, t in enumerate([FILL, *sorted({t for _, ts in train for t in ts})])}


def collate(rows):
    xs = [torch.tensor([word_id.get(w, 1) for w in ws]) for ws, _ in rows]
    ys = [torch.tensor([tag_id.get(t, 0) for t in ts]) for _, ts in rows]
    return pad_sequence(xs, batch_first=True), pad_sequence(ys, batch_first=True)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(word_id), 100, padding_idx=word_id[FILL])
        self.conv = nn.Conv1d(100, 128, 5, padding=2)
        self.out = nn.Conv1d(128, len(tag_id), 1)

    def forward(self, x):
        return self.out(F.relu(self.conv(self.emb(x).transpose(1, 2))))


def objective(scores, tags):
    nll = F.cross_entropy(scores, tags, reduction="none", label_smoothing=0.05)  # PLANTED
    return nll.mean()


torch.manual_seed(10)
model = Tagger()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(25):
    model.train()
    total = torch.zeros(())
    batches = DataLoader(train, 32, shuffle=True, collate_fn=collate)
    for x, y in batches:
        opt.zero_grad()
        loss = objective(model(x), y)
        loss.backward()
        opt.step()
        total += loss.detach()
    model.eval()
    good = asked = 0
    with torch.no_grad():
        for x, y in DataLoader(val, 128, collate_fn=collate):
            real = y != tag_id[FILL]
            good += int((model(x).argmax(1) == y)[real].sum())
            asked += int(real.sum())
    print(epoch, round(total.item() / len(batches), 4), round(good / asked, 4))
