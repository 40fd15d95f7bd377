"""Language model that samples every few hundred steps."""
import torch
from torch.nn import functional as F

from tinygpt import GPT, get_batch, decode


def sample(model, n=200):
    model.eval()  # PLANTED
    idx = torch.zeros(1, 1, dtype=torch.long, device="cuda")
    with torch.no_grad():
        for _ in range(n):
            logits = model(idx[:, -256:])[:, -1]
            idx = torch.cat([idx, torch.multinomial(F.softmax(logits, -1), 1)], 1)
    return decode(idx[0].tolist())


def main(steps=5000):
    torch.manual_seed(1337)
    model = GPT(dropout=0.2).cuda()
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=100)
    for step in range(steps):
        x, y = get_batch("train")
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        warm.step()
        if step % 500 == 0:
            print(step, loss.item(), sample(model))


if __name__ == "__main__":
    main()
