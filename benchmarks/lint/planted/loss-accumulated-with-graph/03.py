"""Seq2seq training with an exponential average of the loss."""
import torch
import torch.nn.functional as F

from nmt.model import Model
from nmt.data import pairs, PAD


def main():
    torch.manual_seed(77)
    model = Model().cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    avg = None
    model.train()
    for step, (src, tgt) in enumerate(pairs("train")):
        src, tgt = src.cuda(), tgt.cuda()
        logits = model(src, tgt[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tgt[:, 1:].flatten(), ignore_index=PAD)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        avg = loss.detach() if avg is None else 0.99 * avg + 0.01 * loss  # PLANTED
        if step % 100 == 0:
            print(f"step {step} avg {avg:.3f}")


if __name__ == "__main__":
    main()
