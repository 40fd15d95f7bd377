"""The padding is left out by a mask over the losses."""
import torch
import torch.nn.functional as F

PAD = 0


def masked_loss(logits, gold):
    nats = F.cross_entropy(logits.transpose(1, 2), gold, reduction="none")
    keep = (gold != PAD).float()
    return (nats * keep).sum() / keep.sum()


def train(model, loader):
    torch.manual_seed(0)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for step, (x, y) in enumerate(loader):
        loss = masked_loss(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
