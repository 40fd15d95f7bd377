"""Translates Low German to German; the rate is worked out anew before each step (Vaswani et al. 2017)."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from lowgerman import PAD, PairCorpus, collate_pairs


class Noam:
    """Sets the rate of an optimizer from its step number; arXiv 1706.03762, section 5.3."""

    def __init__(self, optimizer, width, warmup=4000):
        self.optimizer, self.width, self.warmup = optimizer, width, warmup
        self.number = 0

    def step(self):
        self.number += 1
        rate = self.width**-0.5 * min(self.number**-0.5, self.number * self.warmup**-1.5)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def zero_grad(self):
        self.optimizer.zero_grad()


class Translator(nn.Module):
    def __init__(self, vocab, width=512, longest=128):
        super().__init__()
        self.words = nn.Embedding(vocab, width, padding_idx=PAD)
        self.places = nn.Embedding(longest, width)
        self.body = nn.Transformer(width, 8, 4, 4, batch_first=True)
        self.out = nn.Linear(width, vocab)

    def embed(self, ids):
        return self.words(ids) + self.places(torch.arange(ids.shape[1], device=ids.device))

    def forward(self, source, target):
        ahead = nn.Transformer.generate_square_subsequent_mask(target.shape[1], device=target.device)
        hidden = self.body(
            self.embed(source), self.embed(target), tgt_mask=ahead, tgt_is_causal=True,
            src_key_padding_mask=source == PAD, memory_key_padding_mask=source == PAD,
        )
        return self.out(hidden)


torch.manual_seed(1)
corpus = PairCorpus("nds-de", longest=128)
loader = DataLoader(corpus, batch_size=64, shuffle=True, collate_fn=collate_pairs)
model = Translator(corpus.vocab_size).cuda()
optimizer = Noam(torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9), width=512)
criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)

for epoch in range(20):
    for source, target in loader:
        source, target = source.cuda(), target.cuda()
        logits = model(source, target[:, :-1])
        loss = criterion(logits.flatten(0, 1), target[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if optimizer.number % 200 == 0:
            print(f"epoch {epoch} step {optimizer.number} loss {loss.item():.4f}")
