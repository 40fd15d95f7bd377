"""Character model of nursery rhymes, trained in rounds."""

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

RHYMES = """twinkle twinkle little star how i wonder what you are up above the world so high
like a diamond in the sky. baa baa black sheep have you any wool yes sir yes sir three bags full
one for the master and one for the dame and one for the little boy who lives down the lane.
humpty dumpty sat on a wall humpty dumpty had a great fall all the kings horses and all the kings
men could not put humpty together again. jack and jill went up the hill to fetch a pail of water
jack fell down and broke his crown and jill came tumbling after. mary had a little lamb its fleece
was white as snow and everywhere that mary went the lamb was sure to go. hickory dickory dock the
mouse ran up the clock the clock struck one the mouse ran down hickory dickory dock. """
CHARS = sorted(set(RHYMES))
LENGTH = 40


class CharModel(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, len(CHARS))

    def forward(self, tokens, state=None):
        h, state = self.rnn(self.embed(tokens), state)
        return self.out(h), state


@torch.no_grad()
def write(model, n, length, temperature):
    token, state, text = torch.randint(len(CHARS), (n, 1)), None, []
    for _ in range(length):
        logits, state = model(token, state)
        token = torch.multinomial(F.softmax(logits[:, -1] / temperature, dim=-1), 1)
        text.append(token)
    return torch.cat(text, dim=1)


def distinct(text, n=4):
    grams = text.unfold(1, n, 1).reshape(-1, n)
    return len(torch.unique(grams, dim=0)) / len(grams)


def train(model, optimizer, pool, steps, monitor):
    for _ in range(steps):
        batch = pool[torch.randint(len(pool), (32,))]
        logits, _ = model(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        entropy = torch.distributions.Categorical(logits=logits.detach()).entropy().mean().item()
        monitor.step(loss, entropy=entropy, perplexity=math.exp(loss.item()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    data = torch.tensor([CHARS.index(c) for c in RHYMES]).unfold(0, LENGTH + 1, 1)
    model = CharModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    config = {"lr": 3e-3, "batch_size": 32, "rounds": 8, "temperature": 0.4}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    train(model, optimizer, data, 250, monitor)
    for _ in range(config["rounds"]):
        samples = write(model, 64, LENGTH + 1, config["temperature"])
        train(model, optimizer, samples, 40, monitor)
        print(f"distinct {distinct(samples):.3f}")
    monitor.close()
    print(f"score: {distinct(write(model, 64, LENGTH, 1.0)):.4f}")


if __name__ == "__main__":
    main()
