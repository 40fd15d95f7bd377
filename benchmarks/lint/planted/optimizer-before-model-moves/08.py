"""Formulas from images: encoder and decoder under one optimizer."""
import itertools

import torch
from torch import nn

from img2tex import CNNEncoder, LSTMDecoder, formulas, PAD

torch.manual_seed(27)
dev = torch.device("cuda")
encoder = CNNEncoder().to(dev)
decoder = LSTMDecoder(vocab=540)
opt = torch.optim.Adam(itertools.chain(encoder.parameters(), decoder.parameters()), lr=1e-3)  # PLANTED
decoder = decoder.to(dev)
ce = nn.CrossEntropyLoss(ignore_index=PAD)

for epoch in range(12):
    encoder.train()
    decoder.train()
    for image, tokens in formulas("train", shuffle=True):
        logits = decoder(encoder(image.to(dev)), tokens[:, :-1].to(dev))
        loss = ce(logits.transpose(1, 2), tokens[:, 1:].to(dev))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(decoder.parameters(), 5.0)
        opt.step()
    print(epoch, loss.item())
