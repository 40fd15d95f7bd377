"""Queue of a support ticket, from the tokens of its text. Reads data/ and vectors, writes out/."""

import csv
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

CONFIG = {"seed": 0, "hidden": 32, "lr": 0.01, "batch_size": 32, "epochs": 15}
UNKNOWN = 65535
"""What the exporter writes for a word that the tokeniser does not know: it has no vector."""


def read_vocabulary():
    """The tokens in the order of their ids: a line an id, also where two differ in case only."""
    lines = Path("vocabulary.txt").read_text().splitlines()
    return [line.strip().lower() for line in lines]


def read_vectors(tokens):
    """One row of the bought vectors for each token; they are not trained."""
    rows = {}
    for line in Path("vectors.txt").read_text().splitlines():
        token, *numbers = line.split(" ")
        rows[token] = [float(number) for number in numbers]
    return torch.tensor([rows[token] for token in tokens])


def read(name):
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    tickets = [
        torch.tensor([i for i in map(int, row["tokens"].split()) if i != UNKNOWN], dtype=torch.long)
        for row in rows
    ]
    labels = [row["queue"] for row in rows] if "queue" in rows[0] else None
    return tickets, labels


class Tickets(nn.Module):
    def __init__(self, vectors, hidden, num_queues):
        super().__init__()
        self.embed = nn.EmbeddingBag.from_pretrained(vectors, freeze=True, mode="mean")
        self.layers = nn.Sequential(
            nn.Linear(vectors.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, num_queues)
        )

    def forward(self, tickets):
        offsets = np.cumsum([0] + [len(ticket) for ticket in tickets[:-1]])
        return self.layers(self.embed(torch.cat(tickets), torch.tensor(offsets)))


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    tickets, labels = read("train.csv")
    queues = sorted(set(labels))
    target = torch.tensor([queues.index(label) for label in labels])
    model = Tickets(read_vectors(read_vocabulary()), CONFIG["hidden"], len(queues))
    optimizer = torch.optim.Adam(model.layers.parameters(), lr=CONFIG["lr"])
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            for batch in torch.randperm(len(tickets)).split(CONFIG["batch_size"]):
                loss = nn.functional.cross_entropy(
                    model([tickets[i] for i in batch]), target[batch]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                row = {"step": step, "epoch": epoch, "train_loss": loss.item()}
                log.write(json.dumps(row) + "\n")
                log.flush()

    test, _ = read("test.csv")
    with torch.no_grad():
        predicted = model(test).argmax(1).tolist()
    lines = ["queue", *(queues[i] for i in predicted)]
    Path("out/predictions.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
