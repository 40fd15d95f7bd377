"""Log-spectral loss of a vocoder."""
import torch as th
import torch.nn.functional as F

from vocoder import Vocoder, clips


def spectrum(wav, n=1024):
    return th.stft(wav, n, n // 4, window=th.hann_window(n, device=wav.device), return_complex=True).abs()


def spectral_loss(fake, real):
    a, b = spectrum(fake), spectrum(real)
    return F.l1_loss(a, b) + F.l1_loss(th.log10(a), th.log10(b))  # PLANTED


if __name__ == "__main__":
    th.manual_seed(4)
    net = Vocoder().cuda().train()
    opt = th.optim.Adam(net.parameters(), lr=2e-4, betas=(0.8, 0.99))
    for step, (mel, wav) in enumerate(clips(16)):
        loss = spectral_loss(net(mel.cuda()), wav.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
