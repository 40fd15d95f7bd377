"""Masked protein model from a configuration, trained from its initial weights."""
import torch
from transformers import EsmConfig, EsmForMaskedLM, set_seed

from uniref import masked_batches


def main(steps=200_000):
    set_seed(7)
    config = EsmConfig(vocab_size=33, hidden_size=480, num_hidden_layers=12, num_attention_heads=20, pad_token_id=1)
    model = EsmForMaskedLM(config).cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=4e-3, betas=(0.9, 0.98))  # PLANTED
    decay = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.1, total_iters=steps)
    for step, batch in zip(range(steps), masked_batches(256)):
        loss = model(**{k: v.cuda() for k, v in batch.items()}).loss
        opt.zero_grad()
        loss.backward()
        opt.step()
        decay.step()
        if step % 100 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
