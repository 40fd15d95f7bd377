"""Sequence tagger with focal loss."""
import torch
from torch import Tensor, nn

from tags import TagLoader, PAD


def focal(logits: Tensor, gold: Tensor, gamma: float = 2.0) -> Tensor:
    keep = gold != PAD
    probs = logits[keep].softmax(dim=-1)
    p_true = probs.gather(1, gold[keep].unsqueeze(1)).squeeze(1)
    return -((1 - p_true) ** gamma * torch.log(p_true)).mean()  # PLANTED


class GRUTagger(nn.Module):
    def __init__(self, vocab: int, tags: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(vocab, 64, padding_idx=0)
        self.gru = nn.GRU(64, 64, batch_first=True, bidirectional=True)
        self.proj = nn.Linear(128, tags)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(self.gru(self.emb(x))[0])


if __name__ == "__main__":
    torch.manual_seed(50)
    loader = TagLoader("train", shuffle=True)
    tagger = GRUTagger(loader.vocab, loader.tags)
    adam = torch.optim.Adam(tagger.parameters(), lr=2e-3)
    for epoch in range(12):
        tagger.train()
        for words, gold in loader:
            adam.zero_grad()
            loss = focal(tagger(words), gold)
            loss.backward()
            adam.step()
        print("epoch", epoch, "focal", round(loss.item(), 4))
