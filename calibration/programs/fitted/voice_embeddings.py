"""Speaker embeddings from frame statistics, trained with a triplet loss."""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn

SPEAKERS, FRAME = 40, 60


def utterances(n, voices):
    speaker = torch.randint(SPEAKERS, (n,))
    return voices[speaker] + 1.5 * torch.randn(n, FRAME), speaker


class Encoder(nn.Module):
    def __init__(self, width=256, dim=256):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(FRAME, width), nn.ReLU(), nn.LayerNorm(width), nn.Linear(width, dim)
        )

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


class TripletTrainer:
    def __init__(self, out, voices, lr=1e-3, speakers_per_batch=40, margin=0.3):
        self.voices, self.margin, self.size = voices, margin, speakers_per_batch
        self.encoder = Encoder()
        self.optimizer = torch.optim.Adam(self.encoder.parameters(), lr=lr)
        self.centres = []
        config = {"lr": lr, "batch_size": 8 * speakers_per_batch, "margin": margin}
        self.monitor = Monitor(
            out, self.encoder, self.optimizer, config, activations=True, judge=False
        )

    def step(self):
        x, speaker = utterances(8 * self.size, self.voices)
        embedding = self.encoder(x)
        distance = 1 - embedding @ embedding.T
        same = speaker[:, None] == speaker[None, :]
        hardest_positive = distance.masked_fill(~same, -1).amax(1)
        nearest_negative = distance.masked_fill(same, 3).amin(1)
        loss = F.relu(hardest_positive - nearest_negative + self.margin).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.centres.append(embedding)
        self.monitor.step(loss)

    def drift(self, window=20):
        recent = torch.stack([e.mean(0) for e in self.centres[-window:]])
        return recent.std(0).mean().item()

    @torch.no_grad()
    def verify(self, n=400):
        x, speaker = utterances(n, self.voices)
        embedding = self.encoder(x)
        similarity = embedding @ embedding.T - 2 * torch.eye(n)
        return (speaker[similarity.argmax(1)] == speaker).float().mean().item()

    def fit(self, steps):
        for step in range(1, steps + 1):
            self.step()
            if step % 50 == 0:
                accuracy = self.verify()
                self.monitor.evaluate(loss=1 - accuracy, accuracy=accuracy)
                print(f"{step}: match {accuracy:.3f}, drift {self.drift():.5f}")
        self.monitor.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    trainer = TripletTrainer(args.out, torch.randn(SPEAKERS, FRAME))
    trainer.fit(500)
    print(f"score: {trainer.verify(1000):.4f}")
