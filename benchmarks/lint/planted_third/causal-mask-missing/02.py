"""Captions for pictures: stored region features in, words out, taught by the caption so far."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from captions import CaptionDataset, collate_captions

PAD = 0


class Captioner(nn.Module):
    def __init__(self, vocab: int, width: int = 512, longest: int = 40) -> None:
        super().__init__()
        self.regions = nn.Linear(2048, width)
        self.words = nn.Embedding(vocab, width, padding_idx=PAD)
        self.places = nn.Embedding(longest, width)
        layer = nn.TransformerDecoderLayer(width, nhead=8, batch_first=True, norm_first=True)
        self.decoder = nn.TransformerDecoder(layer, num_layers=4, norm=nn.LayerNorm(width))
        self.vocabulary = nn.Linear(width, vocab)

    def forward(self, regions: Tensor, words: Tensor) -> Tensor:
        place = torch.arange(words.shape[1], device=words.device)
        seen = self.words(words) + self.places(place)
        hidden = self.decoder(seen, self.regions(regions), tgt_key_padding_mask=words == PAD)  # PLANTED
        return self.vocabulary(hidden)


class CaptionTrainer:
    def __init__(self, model: Captioner, loader: DataLoader, device: str = "cuda") -> None:
        self.model = model.to(device)
        self.loader = loader
        self.device = device
        self.criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=4e-4, betas=(0.9, 0.98))
        self.schedule = LambdaLR(self.optimizer, lambda step: min(1.0, (step + 1) / 2000))

    def epoch(self) -> float:
        self.model.train()
        total = torch.zeros((), device=self.device)
        for regions, caption in self.loader:
            regions, caption = regions.to(self.device), caption.to(self.device)
            logits = self.model(regions, caption[:, :-1])
            loss = self.criterion(logits.transpose(1, 2), caption[:, 1:])
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            total += loss.detach()
        return total.item() / len(self.loader)


if __name__ == "__main__":
    torch.manual_seed(6)
    data = CaptionDataset("coco_regions.h5", "captions_train.json")
    batches = DataLoader(data, batch_size=64, shuffle=True, collate_fn=collate_captions)
    trainer = CaptionTrainer(Captioner(len(data.vocabulary)), batches)
    for number in range(15):
        print(f"epoch {number}: {trainer.epoch():.4f}")
