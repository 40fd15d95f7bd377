"""Tags the words of a sentence, with beam-ready scores from the model itself."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

PAD = -100


class Tagger(nn.Module):
    def __init__(self, words, tags, dim=128):
        super().__init__()
        self.embed = nn.Embedding(words, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, dim, bidirectional=True, batch_first=True)
        self.tags = nn.Linear(2 * dim, tags)
        self.normalise = nn.Softmax(dim=-1)

    def logits(self, ids):
        return self.tags(self.lstm(self.embed(ids))[0])

    def predict(self, ids):
        return self.normalise(self.logits(ids))  # PLANTED

    def loss(self, ids, gold):
        per_tag = self.predict(ids).movedim(-1, 1)
        return nn.functional.cross_entropy(per_tag, gold, ignore_index=PAD)


def collate(sentences):
    pad = nn.utils.rnn.pad_sequence
    ids = pad([torch.as_tensor(s["ids"]) for s in sentences], batch_first=True)
    gold = pad([torch.as_tensor(s["tags"]) for s in sentences], batch_first=True, padding_value=PAD)
    return ids, gold


def fit(tagger, sentences, epochs=10):
    loader = DataLoader(sentences, batch_size=32, shuffle=True, collate_fn=collate)
    optimizer = torch.optim.Adam(tagger.parameters(), lr=1e-3)
    tagger.train()
    for epoch in range(epochs):
        losses = []
        for ids, gold in loader:
            optimizer.zero_grad()
            loss = tagger.loss(ids, gold)
            loss.backward()
            nn.utils.clip_grad_norm_(tagger.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.detach())
        print(f"epoch {epoch + 1}: {torch.stack(losses).mean().item():.4f}")


def accuracy(tagger, sentences):
    tagger.eval()
    with torch.inference_mode():
        right = []
        for ids, gold in DataLoader(sentences, batch_size=128, collate_fn=collate):
            known = gold != PAD
            right.append((tagger.predict(ids).argmax(-1) == gold)[known])
    return torch.cat(right).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(47)
    treebank = torch.load("treebank.pt", weights_only=True)
    tagger = Tagger(treebank["words"], treebank["tags"])
    fit(tagger, treebank["train"])
    print("accuracy on dev", accuracy(tagger, treebank["dev"]))
