"""Next letter of a message in a small code. Reads data/, writes out/."""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 4,
    "width": 48,
    "heads": 4,
    "layers": 2,
    "lr": 3e-3,
    "batch_size": 64,
    "epochs": 16,
}
LETTERS = "abcdefghijkl"


def read(name):
    lines = (Path("data") / name).read_text().split()[1:]
    return torch.tensor([[LETTERS.index(letter) for letter in line] for line in lines])


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def attend(self, x):
        size, length, width = x.shape
        q, k, v = (
            part.view(size, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        scores = q @ k.transpose(-2, -1) / (width / self.heads) ** 0.5
        later = torch.ones(length, length, dtype=torch.bool).triu(diagonal=1)
        scores = scores.masked_fill(later, float("-inf"))
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(size, length, width))

    def forward(self, x):
        x = x + self.attend(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))


class Letters(nn.Module):
    def __init__(self, length):
        super().__init__()
        width = CONFIG["width"]
        self.letter = nn.Embedding(len(LETTERS), width)
        self.place = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.Sequential(
            *(Block(width, CONFIG["heads"]) for _ in range(CONFIG["layers"]))
        )
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, len(LETTERS))

    def forward(self, x):
        x = self.letter(x) + self.place[: x.shape[1]]
        return self.out(self.norm(self.blocks(x)))


def loss_of(model, messages):
    logits = model(messages[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), messages[:, 1:].flatten())


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    messages = read("train.csv")
    messages = messages[torch.randperm(len(messages))]
    val, train = messages[: len(messages) // 8], messages[len(messages) // 8 :]

    model = Letters(messages.shape[1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG["lr"], weight_decay=0.01)
    num_steps = CONFIG["epochs"] * -(-len(train) // CONFIG["batch_size"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, CONFIG["lr"], num_steps)
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            for batch in torch.randperm(len(train)).split(CONFIG["batch_size"]):
                loss = loss_of(model, train[batch])
                optimizer.zero_grad()
                loss.backward()
                norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                step += 1
                row = {"step": step, "epoch": epoch, "train_loss": loss.item()}
                log.write(json.dumps({**row, "grad_norm": norm.item()}) + "\n")
            model.eval()
            with torch.no_grad():
                val_loss = loss_of(model, val).item()
            log.write(json.dumps({"step": step, "epoch": epoch, "val_loss": val_loss}) + "\n")

    with torch.no_grad():
        found = model(read("test.csv"))[:, -1].argmax(-1)
    Path("out/predictions.csv").write_text("next\n" + "".join(f"{LETTERS[i]}\n" for i in found))


if __name__ == "__main__":
    main()
