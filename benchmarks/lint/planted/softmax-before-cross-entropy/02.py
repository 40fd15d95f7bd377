"""Text classifier with mean-pooled embeddings, functional style."""
import torch
import torch.nn.functional as F
from torch import nn, Tensor


class BagOfWords(nn.Module):
    def __init__(self, vocab: int, classes: int, dim: int = 64) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab, dim)
        self.fc = nn.Linear(dim, classes)

    def forward(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        return self.fc(self.bag(tokens, offsets))


def train(loader, vocab: int, classes: int, epochs: int = 10) -> BagOfWords:
    torch.manual_seed(40)
    model = BagOfWords(vocab, classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.9)
    for epoch in range(epochs):
        model.train()
        for label, tokens, offsets in loader:
            optimizer.zero_grad()
            probs = F.softmax(model(tokens, offsets), dim=-1)  # PLANTED
            loss = F.cross_entropy(probs, label)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
        scheduler.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
    return model
