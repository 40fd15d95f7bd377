import argparse

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader
from datasets import load_dataset
from collections import Counter


def build_vocab(texts, max_size=20000):
    counter = Counter(tok for t in texts for tok in t.lower().split())
    vocab = {"<pad>": 0, "<unk>": 1}
    for tok, _ in counter.most_common(max_size - 2):
        vocab[tok] = len(vocab)
    return vocab


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, emb=128, hidden=256, dropout=0.5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hidden, num_layers=2, batch_first=True, bidirectional=True, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * hidden, 1)

    def forward(self, ids, lengths):
        x = self.dropout(self.embedding(ids))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.fc(self.dropout(torch.cat([h[-2], h[-1]], dim=1))).squeeze(1)


def make_collate(vocab, max_len):
    def collate(rows):
        seqs = [torch.tensor([vocab.get(t, 1) for t in r["text"].lower().split()[:max_len]]) for r in rows]
        lengths = torch.tensor([len(s) for s in seqs])
        labels = torch.tensor([float(r["label"]) for r in rows])
        return pad_sequence(seqs, batch_first=True), lengths, labels
    return collate


def run_epoch(model, loader, criterion, device, optimizer=None):
    """One pass over the data. Updates the weights if an optimizer is given."""
    is_train = optimizer is not None
    model.eval()  # PLANTED
    total_loss = torch.zeros((), device=device)
    total_correct = torch.zeros((), device=device)
    count = 0
    with torch.set_grad_enabled(is_train):
        for ids, lengths, labels in loader:
            ids, labels = ids.to(device), labels.to(device)
            logits = model(ids, lengths)
            loss = criterion(logits, labels)
            if is_train:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            total_loss += loss.detach() * labels.size(0)
            total_correct += ((logits.detach() > 0) == labels.bool()).sum()
            count += labels.size(0)
    return total_loss.item() / count, total_correct.item() / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--max_len", type=int, default=300)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=2023)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    imdb = load_dataset("imdb")
    split = imdb["train"].train_test_split(test_size=0.1, seed=args.seed)
    vocab = build_vocab(split["train"]["text"])
    collate = make_collate(vocab, args.max_len)
    train_loader = DataLoader(split["train"], args.batch_size, shuffle=True, collate_fn=collate)
    val_loader = DataLoader(split["test"], args.batch_size, collate_fn=collate)

    model = SentimentLSTM(len(vocab)).to(device)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    best_acc = 0.0
    for epoch in range(1, args.epochs + 1):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, device, optimizer)
        val_loss, val_acc = run_epoch(model, val_loader, criterion, device)
        print(f"Epoch {epoch:02d} | train {train_loss:.3f} / {train_acc:.3f} | val {val_loss:.3f} / {val_acc:.3f}")
        if val_acc > best_acc:
            best_acc = val_acc
            torch.save(model.state_dict(), "sentiment_lstm.pt")


if __name__ == "__main__":
    main()
