"""Train a text classifier with a bidirectional GRU in half precision."""

import logging

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader

from ag_news import AGNews, VOCAB

logger = logging.getLogger(__name__)


class BiGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, 128)
        self.gru = nn.GRU(128, 128, batch_first=True, bidirectional=True)
        self.out = nn.Linear(256, 4)

    def forward(self, sentences):
        packed = pack_sequence([self.embed(s) for s in sentences], enforce_sorted=False)
        return self.out(self.gru(packed)[1].transpose(0, 1).flatten(1))


class Trainer:
    max_norm = 1.0

    def __init__(self, model):
        self.model = model.cuda()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.scaler = torch.amp.GradScaler("cuda")
        self.loss_fn = nn.CrossEntropyLoss()

    def _forward(self, sentences, topics):
        with torch.autocast("cuda", dtype=torch.float16):
            return self.loss_fn(self.model([s.cuda() for s in sentences]), topics.cuda())

    def _update(self):
        clip_grad_norm_(self.model.parameters(), self.max_norm)  # PLANTED
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)

    def train(self, loader, epochs):
        self.model.train()
        for epoch in range(epochs):
            for i, (sentences, topics) in enumerate(loader):
                loss = self._forward(sentences, topics)
                self.scaler.scale(loss).backward()
                self._update()
                if i % 100 == 0:
                    logger.info("epoch %d batch %d loss %.4f", epoch, i, loss.item())


def collate(rows):
    sentences, topics = zip(*rows)
    return list(sentences), torch.tensor(topics)


if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    torch.manual_seed(10)
    loader = DataLoader(AGNews("train"), batch_size=64, shuffle=True, collate_fn=collate)
    Trainer(BiGRU()).train(loader, epochs=5)
