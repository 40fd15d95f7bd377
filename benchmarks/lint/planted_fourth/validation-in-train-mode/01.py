# Sentiment of tweets with a small LSTM
import re
from collections import Counter

import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

SEED = 2022
np.random.seed(SEED)
torch.manual_seed(SEED)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

MAX_LEN = 40
VOCAB_SIZE = 20000
BATCH_SIZE = 64
EPOCHS = 10


def tokenize(text):
    text = re.sub(r'https?://\S+|@\w+', ' ', text.lower())
    return re.findall(r"[a-z']+", text)


df = pd.read_csv('tweets.csv')
train_df, val_df = train_test_split(df, test_size=0.15, stratify=df['target'], random_state=SEED)

counter = Counter()
for text in train_df['text']:
    counter.update(tokenize(text))
word2idx = {w: i + 2 for i, (w, _) in enumerate(counter.most_common(VOCAB_SIZE))}  # 0 = pad, 1 = unk


def encode(texts):
    out = np.zeros((len(texts), MAX_LEN), dtype=np.int64)
    for row, text in enumerate(texts):
        ids = [word2idx.get(w, 1) for w in tokenize(text)][:MAX_LEN] or [1]
        out[row, -len(ids):] = ids
    return torch.from_numpy(out)


def to_loader(frame, shuffle):
    x = encode(frame['text'].tolist())
    y = torch.tensor(frame['target'].values, dtype=torch.float32)
    return DataLoader(TensorDataset(x, y), batch_size=BATCH_SIZE, shuffle=shuffle)


train_loader = to_loader(train_df, shuffle=True)
val_loader = to_loader(val_df, shuffle=False)


class SentimentLSTM(nn.Module):
    def __init__(self, vocab, emb=128, hidden=128):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hidden, num_layers=2, batch_first=True, dropout=0.3)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(self.dropout(self.embedding(x)))
        return self.fc(self.dropout(h[-1])).squeeze(1)


model = SentimentLSTM(len(word2idx) + 2).to(device)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

best_loss = float('inf')
for epoch in range(EPOCHS):
    model.train()
    train_loss = torch.zeros((), device=device)
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.detach() * x.size(0)

    val_loss = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    with torch.no_grad():
        for x, y in val_loader:  # PLANTED
            x, y = x.to(device), y.to(device)
            logits = model(x)
            val_loss += criterion(logits, y) * x.size(0)
            correct += ((logits > 0).float() == y).sum()

    train_loss = train_loss.item() / len(train_df)
    val_loss = val_loss.item() / len(val_df)
    print(f'Epoch {epoch + 1}: train {train_loss:.4f}  val {val_loss:.4f}  acc {correct.item() / len(val_df):.4f}')
    if val_loss < best_loss:
        best_loss = val_loss
        torch.save(model.state_dict(), 'sentiment.pt')
