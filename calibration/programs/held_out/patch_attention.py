"""Find which kind of object is hidden in a grid of patches."""

import argparse

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

CONFIG = {"lr": 1.5e-3, "batch_size": 48, "steps": 300, "patches": 36, "dim": 32}


class PatchModel(nn.Module):
    def __init__(self, patch_size=12, dim=32, heads=4, classes=6):
        super().__init__()
        self.embed = nn.Linear(patch_size, dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)
        self.attention_maps = []

    def forward(self, patches):
        x = self.embed(patches)
        mixed, weights = self.attention(x, x, x, average_attn_weights=False)
        self.attention_maps.append(weights)
        return self.head(self.norm(x + mixed).amax(dim=1))

    def mean_attention(self):
        return self.attention_maps[-1].mean(dim=(0, 1)).detach()


def scenes(n, objects):
    label = torch.randint(0, len(objects), (n,))
    patches = torch.randn(n, CONFIG["patches"], objects.shape[1])
    place = torch.randint(0, CONFIG["patches"], (n,))
    patches[torch.arange(n), place] = objects[label] + 0.3 * torch.randn(n, objects.shape[1])
    return patches, label


class Experiment:
    def __init__(self, out, seed):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.objects = 1.6 * torch.randn(6, 12, generator=torch.Generator().manual_seed(3))
        self.model = PatchModel(dim=CONFIG["dim"])
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=CONFIG["lr"])
        self.val = scenes(256, self.objects)
        self.monitor = Monitor(
            out, self.model, self.optimizer, CONFIG, activations=True, judge=False
        )

    def update(self):
        patches, label = scenes(CONFIG["batch_size"], self.objects)
        logits = self.model(patches)
        loss = F.cross_entropy(logits, label)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.monitor.step(loss, accuracy=(logits.argmax(-1) == label).float().mean().item())

    def validate(self):
        self.model.eval()
        with torch.no_grad():
            logits = self.model(self.val[0])
        self.model.train()
        accuracy = (logits.argmax(-1) == self.val[1]).float().mean().item()
        loss = F.cross_entropy(logits, self.val[1]).item()
        self.monitor.evaluate(loss=loss, accuracy=accuracy)
        focus = self.model.mean_attention().max().item()
        print(f"accuracy {accuracy:.3f}, strongest mean attention {focus:.3f}")
        return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    experiment = Experiment(args.out, args.seed)
    for step in range(1, CONFIG["steps"] + 1):
        experiment.update()
        if step % 50 == 0:
            result = experiment.validate()
    experiment.monitor.close()
    print(f"score: {result:.4f}")
