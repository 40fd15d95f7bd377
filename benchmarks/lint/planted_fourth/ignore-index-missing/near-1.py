"""Part-of-speech tagging with a pretrained encoder."""
import json

import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

MODEL = "bert-base-cased"
TAGS = ["ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM",
        "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"]
TAG2ID = {t: i for i, t in enumerate(TAGS)}
FILL = -100

torch.manual_seed(13)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = AutoTokenizer.from_pretrained(MODEL)


def load(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def collate(rows):
    enc = tokenizer([r["tokens"] for r in rows], is_split_into_words=True, padding=True,
                    truncation=True, max_length=256, return_tensors="pt")
    labels = torch.full(enc["input_ids"].shape, FILL)
    for i, row in enumerate(rows):
        previous = None
        for j, w in enumerate(enc.word_ids(i)):
            if w is not None and w != previous:
                labels[i, j] = TAG2ID[row["tags"][w]]
            previous = w
    return enc, labels


class PosTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(MODEL)
        self.drop = nn.Dropout(0.1)
        self.cls = nn.Linear(self.bert.config.hidden_size, len(TAGS))

    def forward(self, enc):
        return self.cls(self.drop(self.bert(**enc).last_hidden_state))


def param_groups(model, wd=0.01):
    flat = [p for p in model.parameters() if p.ndim < 2]
    full = [p for p in model.parameters() if p.ndim >= 2]
    return [{"params": full, "weight_decay": wd}, {"params": flat, "weight_decay": 0.0}]


train_dl = DataLoader(load("ud.train.jsonl"), batch_size=32, shuffle=True, collate_fn=collate)
valid_dl = DataLoader(load("ud.dev.jsonl"), batch_size=64, collate_fn=collate)

model = PosTagger().to(device)
optimizer = torch.optim.AdamW(param_groups(model), lr=3e-5)
epochs = 3
steps = epochs * len(train_dl)
scheduler = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
criterion = nn.CrossEntropyLoss()

for epoch in range(epochs):
    model.train()
    for i, (enc, labels) in enumerate(train_dl):
        enc, labels = enc.to(device), labels.to(device)
        logits = model(enc)
        loss = criterion(logits.view(-1, len(TAGS)), labels.view(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if i % 50 == 0:
            print(f"epoch {epoch} step {i} loss {loss.item():.4f}")

    model.eval()
    right = torch.zeros((), device=device)
    seen = torch.zeros((), device=device)
    with torch.no_grad():
        for enc, labels in valid_dl:
            enc, labels = enc.to(device), labels.to(device)
            real = labels != FILL
            right += (model(enc).argmax(-1) == labels)[real].sum()
            seen += real.sum()
    print(f"epoch {epoch} accuracy {(right / seen).item():.4f}")

torch.save(model.state_dict(), "pos_tagger.pt")
