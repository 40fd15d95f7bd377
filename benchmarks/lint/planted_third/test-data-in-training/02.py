"""Trains a topic classifier of news with a rate that falls when progress stalls."""

import logging
from dataclasses import dataclass, field

import torch
from datasets import load_dataset
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("news")


@dataclass
class News:
    batch_size: int = 256
    words: TfidfVectorizer = field(default_factory=lambda: TfidfVectorizer(max_features=8000))

    def __post_init__(self) -> None:
        raw = load_dataset("ag_news")
        self.words.fit(raw["train"]["text"])
        self.train = self._tensors(raw["train"])
        self.test = self._tensors(raw["test"])

    def _tensors(self, part) -> TensorDataset:
        counted = self.words.transform(part["text"]).astype("float32").toarray()
        return TensorDataset(torch.from_numpy(counted), torch.tensor(part["label"]))

    def loader(self, name: str) -> DataLoader:
        return DataLoader(getattr(self, name), self.batch_size, shuffle=name == "train")


class Topics:
    def __init__(self, news: News) -> None:
        self.news = news
        self.net = nn.Sequential(nn.Linear(8000, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 4))
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.5, momentum=0.9)
        self.plateau = ReduceLROnPlateau(self.optimizer, factor=0.3, patience=2)

    @torch.no_grad()
    def average_loss(self, name: str) -> Tensor:
        self.net.eval()
        return torch.stack([self.criterion(self.net(x), y) for x, y in self.news.loader(name)]).mean()

    def fit(self, epochs: int = 30) -> None:
        loader = self.news.loader("train")
        for epoch in range(epochs):
            self.net.train()
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(x), y)
                loss.backward()
                self.optimizer.step()
            self.plateau.step(self.average_loss("test"))  # PLANTED
            log.info("epoch %d loss %.4f rate %.4f", epoch, loss.item(), self.optimizer.param_groups[0]["lr"])


if __name__ == "__main__":
    torch.manual_seed(65)
    topics = Topics(News())
    topics.fit()
    log.info("test loss %.4f", topics.average_loss("test").item())
