from functools import partial

import torch
import torchaudio
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader

LABELS = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]
HPARAMS = dict(seed=7, epochs=30, batch=128, lr=1e-3, n_mels=64, log_interval=100)


class KeywordSet(torchaudio.datasets.SPEECHCOMMANDS):
    """Ten-word subset, padded to one second."""

    def __init__(self, subset):
        super().__init__("./data", download=True, subset=subset)
        self._walker = [w for w in self._walker if w.replace("\\", "/").split("/")[-2] in LABELS]

    def __getitem__(self, n):
        wav, _, label, *_ = super().__getitem__(n)
        wav = wav[:, :16000]
        wav = nn.functional.pad(wav, (0, 16000 - wav.size(1)))
        return wav, LABELS.index(label)


def frontend(n_mels):
    return nn.Sequential(
        torchaudio.transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=n_mels),
        torchaudio.transforms.AmplitudeToDB(top_db=80),
    )


def build_model(n_mels):
    def conv(i, o):
        return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(
        frontend(n_mels),
        nn.InstanceNorm2d(1),
        *conv(1, 32), *conv(32, 64), *conv(64, 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(128, len(LABELS)),
    )


def batch_accuracy(logits, target):
    hits = (logits.argmax(dim=-1) == target).float()
    return hits.mean().cpu().numpy()  # PLANTED


def train_step(model, optimizer, accelerator, criterion, batch):
    wav, target = batch
    logits = model(wav)
    loss = criterion(logits, target)
    optimizer.zero_grad()
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return loss.detach(), batch_accuracy(logits.detach(), target)


@torch.no_grad()
def validate(model, loader, accelerator):
    model.eval()
    right, seen = 0, 0
    for wav, target in loader:
        pred = model(wav).argmax(-1)
        pred, target = accelerator.gather_for_metrics((pred, target))
        right = right + (pred == target).sum()
        seen += target.numel()
    return float(right) / seen


def main(hp):
    accelerator = Accelerator(log_with="tensorboard", project_dir="runs")
    accelerator.init_trackers("keywords", config=hp)
    set_seed(hp["seed"])
    loader = partial(DataLoader, batch_size=hp["batch"], num_workers=4, pin_memory=True)
    train_dl = loader(KeywordSet("training"), shuffle=True, drop_last=True)
    val_dl = loader(KeywordSet("validation"))
    model = build_model(hp["n_mels"]).to(accelerator.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hp["lr"])
    model, optimizer, train_dl, val_dl = accelerator.prepare(model, optimizer, train_dl, val_dl)
    step = partial(train_step, model, optimizer, accelerator, nn.CrossEntropyLoss())

    seen_steps = 0
    for epoch in range(hp["epochs"]):
        model.train()
        window_loss = torch.zeros((), device=accelerator.device)
        window_acc = []
        for batch in train_dl:
            loss, acc = step(batch)
            window_loss += loss
            window_acc.append(acc)
            seen_steps += 1
            if seen_steps % hp["log_interval"] == 0:
                accelerator.log({"loss": window_loss.item() / len(window_acc),
                                 "acc": float(sum(window_acc) / len(window_acc))}, step=seen_steps)
                window_loss.zero_()
                window_acc.clear()
        val = validate(model, val_dl, accelerator)
        accelerator.log({"val_acc": val}, step=seen_steps)
        accelerator.print(f"epoch {epoch}: val_acc={val:.4f}")

    accelerator.end_training()
    accelerator.save(accelerator.unwrap_model(model).state_dict(), "keywords.pt")


if __name__ == "__main__":
    main(HPARAMS)
