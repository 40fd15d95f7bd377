"""Image captioning: CNN encoder, attention LSTM decoder."""
import json
import logging
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset
from torchvision import models, transforms

log = logging.getLogger("caption")
PAD, BOS, EOS = 0, 1, 2


class Captions(Dataset):
    def __init__(self, root, split):
        self.root = Path(root)
        self.rows = json.loads((self.root / f"{split}.json").read_text())
        ops = [transforms.Resize((256, 256))]
        ops += [transforms.RandomCrop(224)] if split == "train" else [transforms.CenterCrop(224)]
        ops += [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
        self.transform = transforms.Compose(ops)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = self.rows[i]
        image = Image.open(self.root / row["image"]).convert("RGB")
        return self.transform(image), torch.tensor([BOS] + row["token_ids"] + [EOS])


def collate(rows):
    images, captions = zip(*rows)
    return torch.stack(images), pad_sequence(captions, batch_first=True, padding_value=PAD)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        net = models.resnet50(weights=models.ResNet50_Weights.DEFAULT)
        self.cnn = nn.Sequential(*list(net.children())[:-2])

    def forward(self, images):
        return self.cnn(images).flatten(2).transpose(1, 2)


class Decoder(nn.Module):
    def __init__(self, vocab, feat=2048, dim=512, p=0.5):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.key, self.query = nn.Linear(feat, dim), nn.Linear(dim, dim)
        self.cell = nn.LSTMCell(dim + feat, dim)
        self.init_h, self.init_c = nn.Linear(feat, dim), nn.Linear(feat, dim)
        self.drop = nn.Dropout(p)
        self.out = nn.Linear(dim, vocab)

    def forward(self, feats, tokens):
        mean = feats.mean(1)
        h, c = torch.tanh(self.init_h(mean)), torch.tanh(self.init_c(mean))
        keys, words, logits = self.key(feats), self.drop(self.embed(tokens)), []
        for t in range(tokens.size(1)):
            weights = torch.softmax((keys @ self.query(h).unsqueeze(2)).squeeze(2) / keys.size(-1) ** 0.5, dim=1)
            context = (weights.unsqueeze(2) * feats).sum(1)
            h, c = self.cell(torch.cat([words[:, t], context], dim=1), (h, c))
            logits.append(self.out(self.drop(h)))
        return torch.stack(logits, dim=1)


class CaptionTrainer:
    def __init__(self, encoder, decoder, lr_enc=1e-5, lr_dec=4e-4):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.encoder, self.decoder = encoder.to(self.device), decoder.to(self.device)
        self.params = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimizer = torch.optim.Adam([
            {"params": self.encoder.parameters(), "lr": lr_enc},
            {"params": self.decoder.parameters(), "lr": lr_dec},
        ])

    def _nll(self, images, captions, reduction="mean"):
        images, captions = images.to(self.device), captions.to(self.device)
        logits = self.decoder(self.encoder(images), captions[:, :-1])
        target = captions[:, 1:]
        nll = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD, reduction=reduction)
        return nll, (target != PAD).sum()

    def train_epoch(self, loader, epoch):
        self.encoder.train()
        self.decoder.train()
        for i, (images, captions) in enumerate(loader):
            loss, _ = self._nll(images, captions)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.params, 5.0)
            self.optimizer.step()
            if i % 100 == 0:
                log.info("epoch %d %d/%d loss %.3f", epoch, i, len(loader), loss.item())

    @torch.no_grad()
    def perplexity(self, loader):
        self.encoder.eval()
        total, count = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        for images, captions in loader:  # PLANTED
            nll, n = self._nll(images, captions, reduction="sum")
            total += nll
            count += n
        return (total / count).exp().item()

    def fit(self, train_loader, val_loader, epochs, path="captioner.pt"):
        best = float("inf")
        for epoch in range(epochs):
            self.train_epoch(train_loader, epoch)
            ppl = self.perplexity(val_loader)
            log.info("epoch %d val perplexity %.2f", epoch, ppl)
            if ppl < best:
                best = ppl
                torch.save({"encoder": self.encoder.state_dict(), "decoder": self.decoder.state_dict()}, path)


def main(root="data/flickr8k"):
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(64)
    vocab_size = len(json.loads((Path(root) / "vocab.json").read_text()))
    train_loader = DataLoader(Captions(root, "train"), 32, shuffle=True, collate_fn=collate, num_workers=4)
    val_loader = DataLoader(Captions(root, "val"), 32, collate_fn=collate, num_workers=4)
    CaptionTrainer(Encoder(), Decoder(vocab_size)).fit(train_loader, val_loader, epochs=20)


if __name__ == "__main__":
    main()
