import logging
import random

import torch
import torchaudio
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchaudio.datasets import SPEECHCOMMANDS

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger("kws")

SR = 16000
LABELS = (
    "backward bed bird cat dog down eight five follow forward four go happy house learn left marvin "
    "nine no off on one right seven sheila six stop three tree two up visual wow yes zero"
).split()
LABEL_TO_ID = {w: i for i, w in enumerate(LABELS)}


class LogMelFrontend(nn.Module):
    """Waveform -> normalised log-mel features, always in full precision."""

    def __init__(self, n_mels=64):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(
            sample_rate=SR, n_fft=512, win_length=400, hop_length=160, n_mels=n_mels
        )

    @torch.cuda.amp.autocast(enabled=False)  # PLANTED
    def forward(self, wav):
        spec = torch.log(self.mel(wav.float()) + 1e-6)
        mu = spec.mean(dim=(1, 2), keepdim=True)
        sigma = spec.std(dim=(1, 2), keepdim=True)
        return (spec - mu) / (sigma + 1e-5)


class KWSNet(nn.Module):
    def __init__(self, n_classes, n_mels=64, ch=128):
        super().__init__()
        self.frontend = LogMelFrontend(n_mels)
        self.convs = nn.Sequential(
            nn.Conv1d(n_mels, ch, 5, padding=2, bias=False), nn.BatchNorm1d(ch), nn.ReLU(),
            nn.Conv1d(ch, ch, 5, stride=2, padding=2, bias=False), nn.BatchNorm1d(ch), nn.ReLU(),
            nn.Conv1d(ch, ch, 5, stride=2, padding=2, bias=False), nn.BatchNorm1d(ch), nn.ReLU(),
        )
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(ch, n_classes)

    def forward(self, wav):
        h = self.convs(self.frontend(wav))
        return self.fc(self.dropout(h.mean(-1)))


def collate(batch):
    wavs, ys = [], []
    for wav, _, label, *_ in batch:
        wavs.append(F.pad(wav[0], (0, SR - wav.shape[-1])))
        ys.append(LABEL_TO_ID[label])
    return torch.stack(wavs), torch.tensor(ys)


def get_loader(subset, batch_size):
    ds = SPEECHCOMMANDS("./data", download=True, subset=subset)
    return DataLoader(ds, batch_size=batch_size, shuffle=subset == "training",
                      collate_fn=collate, num_workers=8, drop_last=subset == "training")


@torch.inference_mode()
def accuracy(model, loader):
    model.eval()
    hit = torch.zeros((), device="cuda")
    n = 0
    for wav, y in loader:
        with torch.autocast("cuda", dtype=torch.float16):
            logits = model(wav.cuda())
        hit += (logits.argmax(-1) == y.cuda()).sum()
        n += y.numel()
    return hit.item() / n


def main(epochs=20, batch_size=256, lr=1e-3, log_every=100):
    random.seed(0)
    torch.manual_seed(0)
    train_loader = get_loader("training", batch_size)
    val_loader = get_loader("validation", batch_size)
    model = KWSNet(len(LABELS)).cuda()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=lr, total_steps=epochs * len(train_loader))
    scaler = torch.amp.GradScaler("cuda")

    for epoch in range(epochs):
        model.train()
        for it, (wav, y) in enumerate(train_loader):
            wav, y = wav.cuda(non_blocking=True), y.cuda(non_blocking=True)
            with torch.autocast("cuda", dtype=torch.float16):
                loss = F.cross_entropy(model(wav), y)
            opt.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            sched.step()
            if it % log_every == 0:
                log.info("epoch %d it %d loss %.4f", epoch, it, loss.item())
        log.info("epoch %d val acc %.4f", epoch, accuracy(model, val_loader))
    torch.save(model.state_dict(), "kws.pt")


if __name__ == "__main__":
    main()
