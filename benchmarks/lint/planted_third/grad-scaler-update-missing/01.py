"""Recognises speech with CTC; a small class keeps half precision out of the way of the loop."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from letters import Utterances, pad_utterances


class Half:
    """Everything that half precision needs, so that the loop below reads as if there were none."""

    def __init__(self, enabled=True, dtype=torch.float16):
        self.dtype = dtype
        self.enabled = enabled
        self.scaler = torch.amp.GradScaler("cuda", enabled=enabled)

    def forward(self):
        return torch.autocast("cuda", dtype=self.dtype, enabled=self.enabled)

    def backward(self, loss):
        self.scaler.scale(loss).backward()

    def step(self, optimizer, max_norm=None):
        self.scaler.unscale_(optimizer)
        if max_norm is not None:
            for group in optimizer.param_groups:
                nn.utils.clip_grad_norm_(group["params"], max_norm)
        self.scaler.step(optimizer)  # PLANTED
        optimizer.zero_grad(set_to_none=True)


class Listener(nn.Module):
    def __init__(self, mels=80, width=256, letters=29):
        super().__init__()
        self.shrink = nn.Conv1d(mels, width, 3, stride=2, padding=1)
        self.rnn = nn.GRU(width, width, num_layers=3, bidirectional=True, dropout=0.2, batch_first=True)
        self.letters = nn.Linear(2 * width, letters)

    def forward(self, mel):
        seen = self.shrink(mel).relu().transpose(1, 2)
        return self.letters(self.rnn(seen)[0])


def main():
    torch.manual_seed(16)
    loader = DataLoader(
        Utterances("train-clean-100"), batch_size=32, shuffle=True, num_workers=4, collate_fn=pad_utterances
    )
    net = Listener().cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-4)
    ctc = nn.CTCLoss(blank=0, zero_infinity=True)
    half = Half()

    for epoch in range(30):
        net.train()
        total = torch.zeros((), device="cuda")
        for mel, mel_lengths, text, text_lengths in loader:
            with half.forward():
                logits = net(mel.cuda(non_blocking=True))
            log_probs = logits.float().log_softmax(-1).transpose(0, 1)
            loss = ctc(log_probs, text.cuda(), (mel_lengths + 1) // 2, text_lengths)
            half.backward(loss)
            half.step(optimizer, max_norm=1.0)
            total += loss.detach()
        print(f"epoch {epoch} ctc {total.item() / len(loader):.4f}", flush=True)


if __name__ == "__main__":
    main()
