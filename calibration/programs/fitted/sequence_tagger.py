"""Tag every token of sentences of unequal length."""

import argparse

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from neural_trainer.live.monitor import Monitor

PAD, VOCAB, TAGS = 0, 30, 6


def sentence():
    n = int(torch.randint(2, 6, (1,))) if torch.rand(1) < 0.95 else 36
    words = torch.randint(1, VOCAB, (n,))
    previous = torch.cat([words[:1], words[:-1]])
    tags = 1 + words % 3 + 2 * (previous > VOCAB // 2).long()
    return words, tags


def collate(batch):
    words, tags = zip(*batch, strict=True)
    return (
        pad_sequence(words, batch_first=True, padding_value=PAD),
        pad_sequence(tags, batch_first=True, padding_value=PAD),
    )


class Tagger(nn.Module):
    def __init__(self, dim=24, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, TAGS)

    def forward(self, words):
        h, _ = self.gru(self.embed(words))
        return self.out(h)


class Experiment:
    def __init__(self, args):
        self.config = {"lr": 0.1, "momentum": 0.9, "batch_size": 32, "epochs": 6, "tags": TAGS}
        self.model = Tagger()
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=self.config["lr"], momentum=0.9
        )
        self.monitor = Monitor(
            args.out, self.model, self.optimizer, self.config, activations=True, judge=False
        )

    def batch_loss(self, words, tags):
        return self.loss(self.model(words).transpose(1, 2), tags)

    def fit(self, train, test):
        for _ in range(self.config["epochs"]):
            for words, tags in train:
                loss = self.batch_loss(words, tags)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
            self.monitor.evaluate(**self.evaluate(test))
        self.monitor.close()

    @torch.no_grad()
    def evaluate(self, loader):
        loss, hit, count = 0.0, 0, 0
        for words, tags in loader:
            loss += self.batch_loss(words, tags).item() / len(loader)
            real = tags != PAD
            hit += (self.model(words).argmax(-1)[real] == tags[real]).sum().item()
            count += real.sum().item()
        return {"loss": loss, "accuracy": hit / count}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    sentences = [sentence() for _ in range(2500)]
    train = DataLoader(sentences[:2000], batch_size=32, shuffle=True, collate_fn=collate)
    test = DataLoader(sentences[2000:], batch_size=100, collate_fn=collate)
    experiment = Experiment(args)
    experiment.fit(train, test)
    print(f"score: {experiment.evaluate(test)['accuracy']:.4f}")
