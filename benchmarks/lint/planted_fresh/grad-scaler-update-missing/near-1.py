"""Joint training of an encoder and a decoder, two optimizers and one gradient scaler."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from codec import AudioDecoder, AudioEncoder, SpeechSegments

torch.manual_seed(24_000)
encoder, decoder = AudioEncoder().cuda().train(), AudioDecoder().cuda().train()
enc_opt = torch.optim.Adam(encoder.parameters(), lr=1e-4)
dec_opt = torch.optim.Adam(decoder.parameters(), lr=3e-4)
scaler = torch.amp.GradScaler("cuda")
loader = DataLoader(SpeechSegments("train"), batch_size=32, shuffle=True, num_workers=4)


def apply(*optimizers):
    for optimizer in optimizers:
        scaler.step(optimizer)
    scaler.update()


for epoch in range(60):
    for i, wave in enumerate(loader):
        wave = wave.cuda()
        for optimizer in (enc_opt, dec_opt):
            optimizer.zero_grad()
        with torch.autocast("cuda", dtype=torch.float16):
            again = decoder(encoder(wave))
        loss = F.l1_loss(again.float(), wave)
        scaler.scale(loss).backward()
        apply(enc_opt, dec_opt)
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} l1 {loss.item():.5f}")
