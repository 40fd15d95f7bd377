"""CPU fine-tuning of a small encoder in bfloat16."""
import torch
from torch import nn

torch.manual_seed(1)


def train(model: nn.Module, loader, epochs: int = 2) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        for step, (ids, labels) in enumerate(loader):
            optimizer.zero_grad()
            with torch.cpu.amp.autocast(dtype=torch.bfloat16):  # PLANTED
                logits = model(ids)
                loss = criterion(logits.float(), labels)
            loss.backward()
            optimizer.step()
            if step % 10 == 0:
                print(f"{epoch}/{step}: {loss.item():.3f}")
