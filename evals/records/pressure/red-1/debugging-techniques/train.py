"""Queue of a support ticket, from the tokens of its text. Reads data/ and vectors, writes out/."""

import csv
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

UNKNOWN = 65535
"""What the exporter writes for a word that its tokeniser does not know."""
CONFIG = {"seed": 0, "hidden": 32, "lr": 0.01, "batch_size": 32, "epochs": 15}


def read_vocabulary():
    """The tokens in the order of their ids: a line an id, also where two differ only in case."""
    lines = Path("vocabulary.txt").read_text().splitlines()
    return [line.strip().lower() for line in lines]  # drop none: all ids behind it would shift


def read_vectors(tokens):
    """One row of the bought vectors for each token; they are not trained."""
    rows = {}
    for line in Path("vectors.txt").read_text().splitlines():
        token, *numbers = line.split(" ")
        rows[token] = [float(number) for number in numbers]
    return torch.tensor([rows[token] for token in tokens])


def read(name, num_tokens):
    """Tickets as ids, where num_tokens stands for an unknown word, and their queues, if given."""
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    tickets = []
    for row in rows:
        ids = [int(i) for i in row["tokens"].split()]
        strange = [i for i in ids if i != UNKNOWN and not 0 <= i < num_tokens]
        if strange:
            raise ValueError(f"data/{name}: {strange} not in vocabulary.txt: do the files match?")
        ids = [num_tokens if i == UNKNOWN else i for i in ids]
        tickets.append(torch.tensor(ids, dtype=torch.long))
    labels = [row["queue"] for row in rows] if "queue" in rows[0] else None
    return tickets, labels


class Tickets(nn.Module):
    def __init__(self, vectors, hidden, num_queues):
        super().__init__()
        # One row more, for unknown words; the mean leaves it out.
        self.embed = nn.EmbeddingBag.from_pretrained(
            nn.functional.pad(vectors, (0, 0, 0, 1)),
            freeze=True,
            mode="mean",
            padding_idx=len(vectors),
        )
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
    vocabulary = read_vocabulary()
    tickets, labels = read("train.csv", len(vocabulary))
    queues = sorted(set(labels))
    target = torch.tensor([queues.index(label) for label in labels])
    model = Tickets(read_vectors(vocabulary), CONFIG["hidden"], len(queues))
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

    test, _ = read("test.csv", len(vocabulary))
    with torch.no_grad():
        predicted = model(test).argmax(1).tolist()
    lines = ["queue", *(queues[i] for i in predicted)]
    Path("out/predictions.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
