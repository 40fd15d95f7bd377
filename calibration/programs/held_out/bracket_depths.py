"""Predict the nesting depth of brackets; sequences get longer as training goes on."""

import argparse

import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor

STAGES = [(8, 4), (16, 8), (24, 12)]
STEPS_PER_STAGE, BATCH, LR, MAX_DEPTH = 140, 64, 4e-3, 12


def bracket_batch(n, length, limit):
    step = torch.randint(0, 2, (n, length)) * 2 - 1
    depth, depths, symbols = torch.zeros(n, dtype=torch.long), [], []
    for t in range(length):
        move = torch.where(depth == 0, 1, torch.where(depth >= limit, -1, step[:, t]))
        depth = depth + move
        symbols.append((move > 0).long())
        depths.append(depth)
    return torch.stack(symbols, 1), torch.stack(depths, 1)


class DepthReader(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(2, 16)
        self.lstm = nn.LSTM(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, MAX_DEPTH + 1)

    def forward(self, symbols):
        return self.out(self.lstm(self.embed(symbols))[0])


def accuracy(logits, depths):
    return (logits.argmax(-1) == depths).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    model = DepthReader()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loss_fn = nn.CrossEntropyLoss()
    config = {"lr": LR, "batch_size": BATCH, "stages": len(STAGES), "stage_steps": STEPS_PER_STAGE}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    test_symbols, test_depths = bracket_batch(300, *STAGES[-1])

    for stage, (length, limit) in enumerate(STAGES):
        for step in range(STEPS_PER_STAGE):
            symbols, depths = bracket_batch(BATCH, length, limit)
            logits = model(symbols)
            loss = loss_fn(logits.transpose(1, 2), depths)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            monitor.step(loss, accuracy=accuracy(logits, depths), stage=stage)
            if (step + 1) % 35 == 0:
                model.eval()
                with torch.no_grad():
                    logits = model(test_symbols)
                test_loss = loss_fn(logits.transpose(1, 2), test_depths).item()
                monitor.evaluate(loss=test_loss, accuracy=accuracy(logits, test_depths))
                model.train()
    monitor.close()
    print(f"score: {accuracy(logits, test_depths):.4f}")


if __name__ == "__main__":
    main()
