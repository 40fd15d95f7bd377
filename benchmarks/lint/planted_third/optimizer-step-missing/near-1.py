"""Trains a language model while each parameter is updated as soon as its gradient is there."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader


class Words(nn.Module):
    def __init__(self, size: int, width: int = 384) -> None:
        super().__init__()
        self.embed = nn.Embedding(size, width)
        self.rnn = nn.LSTM(width, width, 2, batch_first=True)
        self.out = nn.Linear(width, size)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return self.out(self.rnn(self.embed(words))[0])


def update_in_backward(model: nn.Module, lr: float) -> None:
    """Gradients live no longer than one parameter's update, which saves their memory."""
    optimizers = {p: torch.optim.Adam([p], lr=lr, foreach=False) for p in model.parameters()}

    def update(parameter: torch.Tensor) -> None:
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(update)


def main() -> None:
    torch.manual_seed(17)
    corpus = torch.load("corpus.pt", weights_only=True)
    rows = corpus[: len(corpus) // 129 * 129].view(-1, 129)
    loader = DataLoader(rows, batch_size=48, shuffle=True)
    model = Words(int(corpus.max()) + 1)
    update_in_backward(model, lr=1e-3)
    for epoch in range(4):
        for step, row in enumerate(loader):
            loss = F.cross_entropy(model(row[:, :-1]).transpose(1, 2), row[:, 1:])
            loss.backward()
            if step % 50 == 0:
                print(f"{epoch}/{step}: {loss.item():.3f}")


if __name__ == "__main__":
    main()
