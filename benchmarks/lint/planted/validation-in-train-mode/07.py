"""Speech recognition training with a word error rate on the dev set."""
from dataclasses import dataclass

import jiwer
import torch
from torch import nn

from asr import Conformer, libri, greedy_decode


@dataclass
class Config:
    epochs: int = 50
    lr: float = 5e-4
    warmup: int = 2000
    seed: int = 3407


def wer(model, loader):
    refs, hyps = [], []
    with torch.no_grad():
        for wav, _, _, _, text in loader:  # PLANTED
            hyps += greedy_decode(model(wav.cuda()))
            refs += text
    return jiwer.wer(refs, hyps)


def main(cfg=Config()):
    torch.manual_seed(cfg.seed)
    model = Conformer().cuda()
    ctc = nn.CTCLoss(zero_infinity=True)
    opt = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / cfg.warmup))
    for epoch in range(cfg.epochs):
        model.train()
        for wav, tokens, in_len, out_len, _ in libri("train-clean-100", shuffle=True):
            logp = model(wav.cuda()).log_softmax(-1).transpose(0, 1)
            loss = ctc(logp, tokens.cuda(), in_len, out_len)
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
        print(f"epoch {epoch} loss {loss.item():.3f} dev wer {wer(model, libri('dev-clean')):.3f}")


if __name__ == "__main__":
    main()
