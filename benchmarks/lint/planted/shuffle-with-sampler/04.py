"""Batches of similar length for speech."""
import random

import torch
from torch.utils.data import DataLoader, Sampler

from speech import SpeechSet, collate, Model


class LengthBuckets(Sampler):
    def __init__(self, lengths, batch, seed=0):
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        self.batches = [order[i : i + batch] for i in range(0, len(order), batch)]
        self.rng = random.Random(seed)

    def __iter__(self):
        self.rng.shuffle(self.batches)
        yield from self.batches

    def __len__(self):
        return len(self.batches)


def main():
    torch.manual_seed(0)
    ds = SpeechSet("train")
    loader = DataLoader(ds, batch_sampler=LengthBuckets(ds.lengths, 16), shuffle=True, collate_fn=collate)  # PLANTED
    model = Model().cuda()
    ctc = torch.nn.CTCLoss(zero_infinity=True)
    opt = torch.optim.Adam(model.parameters(), lr=3e-4)
    for epoch in range(20):
        model.train()
        for wav, tok, wl, tl in loader:
            logp = model(wav.cuda()).log_softmax(-1).transpose(0, 1)
            loss = ctc(logp, tok, wl, tl)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
