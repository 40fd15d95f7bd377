"""Learning to rank: steps from an environment variable, metrics to W&B."""
import os

import torch
import wandb
from torch.nn import MarginRankingLoss

from ranking import Scorer, pairs

STEPS = int(os.environ.get("STEPS", 20_000))


def objective():
    return MarginRankingLoss(margin=1.0, size_average=False)  # PLANTED


def run():
    wandb.init(project="ranking", config={"steps": STEPS})
    torch.manual_seed(7)
    scorer, rank = Scorer(), objective()
    sgd = torch.optim.SGD(scorer.parameters(), lr=0.1)
    stream = pairs("train", batch_size=512, shuffle=True)
    scorer.train()
    for step in range(STEPS):
        a, b, sign = next(stream)
        loss = rank(scorer(a), scorer(b), sign)
        sgd.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(scorer.parameters(), 1.0)
        sgd.step()
        if not step % 100:
            wandb.log({"loss": loss.item()}, step=step)


if __name__ == "__main__":
    run()
