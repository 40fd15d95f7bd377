"""Points, pictures and songs, what generates them, and how each kind is trained."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import lr_scheduler as schedules

from fault_gym.recorder import Recorder

BEYOND = -1e6  # the score of what is not finite


def ring(count: int, modes: int = 5, spread: float = 0.2) -> Tensor:
    """Points around `modes` centres on a circle."""
    angle = torch.randint(0, modes, (count,)) * (2 * math.pi / modes)
    return 1.5 * torch.stack([angle.cos(), angle.sin()], 1) + spread * torch.randn(count, 2)


def coverage(points: Tensor, modes: int = 5, spread: float = 0.2) -> float:
    """Sum the share of points at each centre, each up to its due: 1 is all of them, evenly."""
    angle = torch.arange(modes) * (2 * math.pi / modes)
    away = torch.cdist(points, 1.5 * torch.stack([angle.cos(), angle.sin()], 1))
    near = (away < 4 * spread) & (away == away.min(1, keepdim=True).values)
    return float(near.float().mean(0).clamp(max=1 / modes).sum())


def moths(count: int) -> tuple[Tensor, Tensor]:
    """Pictures of 8 by 8, two wings each, in 0..1; and the size of the wings, in 1..2.5."""
    size, apart = 1 + 1.5 * torch.rand(count, 1, 1), 1 + 2 * torch.rand(count, 1, 1)
    tilt, light = torch.randn(count, 1, 1) * 0.5, 0.5 + 0.5 * torch.rand(count, 1, 1)
    row = torch.arange(8.0)[None, :, None] - 3.5
    column = (torch.arange(8.0)[None, None, :] - 3.5).abs() - apart
    picture = light * torch.exp(-((row - tilt * column).square() + column.square()) / size)
    return picture.flatten(1), size[:, 0, 0]


def songs(count: int, length: int = 20, notes: int = 12) -> Tensor:
    """Notes that go up by 1, 2, 3 or 5, by chances that depend on the note before."""
    note, found = torch.randint(0, notes, (count,)), []
    chance = torch.tensor([[0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.2, 0.6]])
    for _ in range(length):
        found.append(note)
        leap = chance[note % 2].multinomial(1)[:, 0]
        note = (note + torch.tensor([1, 2, 3, 5])[leap]) % notes
    return torch.stack(found, 1)


def mlp(*sizes: int, act: type[nn.Module] = nn.ReLU, norm: bool = False) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), *([nn.LayerNorm(after)] if norm else []), act()]
    return nn.Sequential(*layers[: -2 if norm else -1])


class Judge(nn.Module):
    """Judges points, and how widely a batch of them is spread."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.net = mlp(size + 1, width, width, 1, act=nn.SiLU)

    def forward(self, points: Tensor) -> Tensor:
        spread = points.std(0).mean().expand(len(points), 1)
        out: Tensor = self.net(torch.cat([points, spread], 1))
        return out[:, 0]


def gan(
    recorder: Recorder, config: dict[str, Any], *, pictures: bool = False, lr_g: float = 1e-3,
    lr_d: float = 1e-3, steps: int = 500, batch: int = 128, each: int = 1, kind: str = "bce",
    width: int = 96, same_noise: bool = False, still: bool = False, detach: bool = False,
    total: bool = False, every: int = 50,
) -> float:  # fmt: skip
    """Train a generator against a judge. each: steps of the generator for one of the judge."""
    size = 64 if pictures else 2
    net = mlp(8, width, width, size, act=nn.ReLU)
    judge = Judge(size, width)
    opt_g = torch.optim.Adam(net.parameters(), lr_g, betas=(0.5, 0.99))
    opt_d = torch.optim.Adam(judge.parameters(), lr_d, betas=(0.5, 0.99))
    recorder.watch(nn.ModuleDict({"generator": net, "critic": judge}), [opt_g, opt_d], config)

    def real(count: int) -> Tensor:
        return moths(count)[0] if pictures else ring(count)

    def cost(out: Tensor, side: float) -> Tensor:
        if kind == "hinge":
            return F.relu(1 - side * out).mean()
        return F.softplus(-side * out).mean()

    def score() -> float:
        with torch.no_grad():
            made = net(torch.randn(1 if same_noise else 500, 8)).expand(500, -1)
        if not bool(made.isfinite().all()):
            return -1.0
        if pictures:  # how far the spread of each pixel is that of true pictures, at most 1
            true = real(500)
            off = float((made.mean(0) - true.mean(0)).abs().mean() / true.std(0).mean())
            return float((made.std(0) / true.std(0)).clamp(max=1).mean()) - max(0.0, off - 0.5)
        return coverage(made)

    for step in range(1, steps + 1):
        noise = torch.randn(1, 8).expand(batch, 8) if same_noise else torch.randn(batch, 8)
        if (step - 1) % each == 0:
            truth, fake = judge(real(batch)), judge(net(noise).detach())
            d_loss = cost(truth, 1.0) + cost(fake, -1.0)
            opt_d.zero_grad()
            d_loss.backward()
            opt_d.step()
        made = net(noise)
        out = judge(made.detach() if detach else made)
        g_loss = -out.mean() if kind == "hinge" else cost(out, 1.0)
        opt_g.zero_grad()
        g_loss.backward()
        if not still:
            opt_g.step()
        recorder.step(
            g_loss + d_loss if total else g_loss, samples=batch, g_loss=float(g_loss),
            d_loss=float(d_loss), d_real=float(truth.mean()), d_fake=float(fake.mean()),
        )  # fmt: skip
        if every and step % every == 0:
            recorder.evaluate(**{"sample_std": float(made.std(0).mean()), "score": score()})
    return score()


class Moth(nn.Module):
    """A VAE of pictures, with a head that tells the size of the wings from the code."""

    def __init__(self, codes: int, width: int, act: type[nn.Module]) -> None:
        super().__init__()
        self.encoder = mlp(64, width, 2 * codes, act=act)
        self.decoder = mlp(codes, width, 64, act=act)
        self.size_head = mlp(codes, 16, 1, act=nn.Tanh)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mean, log_var = self.encoder(picture).chunk(2, 1)
        code = mean + torch.randn_like(mean) * (log_var / 2).exp() if self.training else mean
        return self.decoder(code), self.size_head(code)[:, 0], mean, log_var


def vae(
    recorder: Recorder, optimizer: type[torch.optim.Optimizer], lr: float, *, steps: int = 500,
    batch: int = 64, codes: int = 6, width: int = 96, act: type[nn.Module] = nn.ReLU,
    schedule: str = "", beta: float = 1.0, warm: int = 0, noise: float = 0.0, stock: int = 0,
    kl_sum: bool = False, frozen: bool = False, relu_head: bool = False, aux: bool = False,
    aux_score: bool = False, evaluations: int = 10, **options: Any,
) -> float:  # fmt: skip
    """Train a VAE. noise: of Gaussian pixels; 0 is cross-entropy. Score: R² of the rebuilt."""
    model = Moth(codes, width, act)
    if frozen:
        model.decoder.requires_grad_(False)
    trained = optimizer(model.parameters(), lr=lr, **options)  # type: ignore[call-arg]
    plan: Any = None
    if schedule == "cosine":
        plan = schedules.CosineAnnealingLR(trained, steps)
    elif schedule == "linear":
        plan = schedules.LinearLR(trained, 1.0, 0.05, steps)
    config = {"lr": lr, "optimizer": optimizer.__name__, "batch_size": batch, "beta": beta}
    recorder.watch(model, trained, {**config, "steps": steps, "schedule": schedule or "constant"})
    held, held_size = moths(400)
    pictures, sizes = moths(stock) if stock else (held, held_size)

    def parts(picture: Tensor, size: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        out, told, mean, log_var = model(picture)
        if noise:
            rebuilt = ((out - picture).square() / (2 * noise**2) + math.log(noise) + 0.92).sum(1)
        else:
            rebuilt = F.binary_cross_entropy_with_logits(out, picture, reduction="none").sum(1)
        told = F.relu(told) if relu_head else told
        kl = 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(1)
        size_loss = (told - size.log() + 1).square().mean()
        return rebuilt.mean(), kl.sum() if kl_sum else kl.mean(), told, size_loss

    for step in range(1, steps + 1):
        drawn = torch.randint(0, len(pictures), (batch,))
        picture, size = (pictures[drawn], sizes[drawn]) if stock else moths(batch)
        rebuilt, kl, told, size_loss = parts(picture, size)
        weight = beta * min(1.0, step / warm) if warm else beta
        loss = rebuilt + weight * kl + (20 * size_loss if aux else 0)
        trained.zero_grad()
        loss.backward()
        trained.step()
        if plan is not None:
            plan.step()
        more = {"size_loss": float(size_loss), "size_std": float(told.std())} if aux else {}
        recorder.step(loss, samples=batch, reconstruction=float(rebuilt), kl=float(kl), **more)
        if step % (steps // evaluations) == 0:
            model.eval()
            with torch.no_grad():
                rebuilt, kl, told, size_loss = parts(held, held_size)
            more = {"size_loss": float(size_loss)} if aux else {}
            more["reconstruction"] = float(rebuilt)
            recorder.evaluate(loss=float(rebuilt + weight * kl), **more)
            model.train()
    model.eval()
    with torch.no_grad():
        out, (_, _, told, size_loss) = model(held)[0], parts(held, held_size)
    if aux_score:
        return 1 - float(size_loss / held_size.log().var())
    wrong = (out if noise else out.sigmoid()) - held
    return 1 - float(wrong.square().sum() / (held - held.mean(0)).square().sum())


class Denoiser(nn.Module):
    """Tells the noise in a point, or in a row of numbers, from the noise's level."""

    def __init__(self, size: int, width: int, norm: bool = False) -> None:
        super().__init__()
        self.net = mlp(size + 8, width, width, width, size, act=nn.SiLU, norm=norm)

    def forward(self, noisy: Tensor, level: Tensor) -> Tensor:
        waves = level[:, None] * torch.tensor([1.0, 2.0, 4.0, 8.0]) * math.pi / 2
        out: Tensor = self.net(torch.cat([noisy, waves.sin(), waves.cos()], 1))
        return out


def denoise(
    recorder: Recorder, lr: float, *, kind: str = "points", steps: int = 600, batch: int = 128,
    width: int = 96, norm: bool = False, clip: float = 0.0, warm: int = 0, flat: bool = False,
    momentum: float = 0.0, evaluations: int = 12,
) -> float:  # fmt: skip
    """Train a denoiser. flat: its one number for each is told against a row. Score: -loss."""
    size = {"points": 2, "moths": 64, "numbers": 1}[kind]
    model = Denoiser(size, width, norm)
    optimizer: torch.optim.Optimizer = torch.optim.AdamW(model.parameters(), lr)
    if momentum:
        optimizer = torch.optim.SGD(model.parameters(), lr, momentum=momentum)
    config = {"lr": lr, "optimizer": type(optimizer).__name__, "batch_size": batch}
    recorder.watch(model, optimizer, {**config, "steps": steps, "warmup_steps": warm})

    def draw(count: int) -> tuple[Tensor, Tensor, Tensor]:
        clean = moths(count)[0] * 4 - 0.5 if kind == "moths" else ring(count)[:, :size]
        level, noise = torch.rand(count), torch.randn(count, size)
        angle = level[:, None] * math.pi / 2
        return clean * angle.cos() + noise * angle.sin(), level, noise

    held = draw(1500)

    def cost(noisy: Tensor, level: Tensor, noise: Tensor) -> Tensor:
        return F.mse_loss(model(noisy, level), noise[:, 0] if flat else noise)

    for step in range(1, steps + 1):
        if warm:
            rate = min(step / warm, 0.5 + 0.5 * math.cos(math.pi * step / steps))
            optimizer.param_groups[0]["lr"] = lr * rate
        loss = cost(*draw(batch))
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        recorder.step(loss, samples=batch)
        if evaluations and step % (steps // evaluations) == 0:
            with torch.no_grad():
                recorder.evaluate(loss=float(cost(*held)))
    with torch.no_grad():
        last = -float(F.mse_loss(model(held[0], held[1]), held[2]))
    return last if math.isfinite(last) else BEYOND


class Density(nn.Module):
    """The log-density of points, one coordinate after the other, as mixtures of eight normals."""

    def __init__(self, width: int, by_hand: bool = False) -> None:
        super().__init__()
        self.by_hand = by_hand
        self.first = mlp(1, width, 24, act=nn.Tanh)
        self.second = mlp(1, width, width, 24, act=nn.Tanh)

    def forward(self, point: Tensor) -> Tensor:
        total = torch.zeros(len(point))
        for net, given, x in (
            (self.first, point[:, :1] * 0, point[:, :1]), (self.second, point[:, :1], point[:, 1:]),
        ):  # fmt: skip
            weight, mean, log_std = net(given).chunk(3, 1)
            log_std = log_std.clamp(-5, 3)
            each = -0.5 * ((x - mean) / log_std.exp()).square() - log_std - 0.919
            if self.by_hand:
                total = total + (weight.softmax(1) * each.exp()).sum(1).log()
            else:
                total = total + (weight.log_softmax(1) + each).logsumexp(1)
        return total


def density(
    recorder: Recorder, lr: float, *, steps: int = 500, batch: int = 128, width: int = 64,
    restarts: int = 0, zero: bool = False, spoil: float = 0.0, spread: float = 0.05,
    clip: float = 5.0, evaluations: int = 10, by_hand: bool = False, unit: float = 1.0,
    tail: float = 0.0,
) -> float:  # fmt: skip
    """Fit a density. spoil: factor of rows; tail: share of far ones. Score: log-density."""
    model = Density(width, by_hand)
    if zero:
        for weights in model.parameters():
            nn.init.zeros_(weights)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    plan = schedules.CosineAnnealingWarmRestarts(optimizer, restarts) if restarts else None
    config = {"lr": lr, "optimizer": "Adam", "batch_size": batch, "steps": steps}
    recorder.watch(model, optimizer, {**config, "restart_every": restarts, "max_norm": clip})
    held, worst = ring(800, 6, spread) * unit, 0.0
    for step in range(1, steps + 1):
        points = ring(batch, 6, spread) * unit
        points = points * (1 + 99 * (torch.rand(batch, 1) < tail))
        if spoil and step > 100 and step % 83 == 7:
            points[:3] = points[:3] * spoil  # in other units, or not numbers
        loss = -model(points).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if plan is not None:
            plan.step()
        recorder.step(loss, samples=batch)
        worst = max(worst, float(loss)) if step > 50 and math.isfinite(float(loss)) else worst
        if evaluations and step % (steps // evaluations) == 0:
            with torch.no_grad():
                recorder.evaluate(loss=-float(model(held).mean()))
    with torch.no_grad():
        last = float(model(held).mean())
    return last - (max(0.0, worst - 5) if spoil else 0.0) if math.isfinite(last) else BEYOND


class Singer(nn.Module):
    """Tells the next note from those before."""

    def __init__(self, width: int, dropout: float, notes: int = 12) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(notes, 24), nn.GRU(24, width, batch_first=True)
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(width, notes)

    def forward(self, song: Tensor) -> Tensor:
        out: Tensor = self.head(self.drop(self.rnn(self.embedding(song))[0]))
        return out

    @torch.no_grad()
    def sing(self, count: int, length: int = 20, heat: float = 1.0) -> Tensor:
        song = torch.randint(0, self.head.out_features, (count, 1))
        for _ in range(length - 1):
            prob = (self(song)[:, -1] / heat).softmax(1)
            song = torch.cat([song, prob.multinomial(1)], 1)
        return song


def sing(
    recorder: Recorder, lr: float, *, steps: int = 400, batch: int = 48, width: int = 64,
    dropout: float = 0.0, own: float = 0.0, heat: float = 0.3, one_cycle: bool = False,
    evaluations: int = 10,
) -> float:  # fmt: skip
    """Train on songs, in epochs over a pool to which the model's own are added. Score: variety."""
    model = Singer(width, dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=0.01)
    plan = schedules.OneCycleLR(optimizer, lr, steps) if one_cycle else None
    config = {"lr": lr, "optimizer": "AdamW", "batch_size": batch, "dropout": dropout}
    recorder.watch(model, optimizer, {**config, "steps": steps, "refresh_every": 40})
    pool, held = songs(600), songs(300)

    def cost(song: Tensor) -> Tensor:
        return F.cross_entropy(model(song[:, :-1]).flatten(0, 1), song[:, 1:].flatten())

    def variety(count: int = 200) -> float:
        """Of the runs of three notes in songs, how many differ, to those in true songs."""
        made, true = model.sing(count), held[:count]
        seen = [len(set(map(tuple, song.unfold(1, 3, 1).flatten(0, 1).tolist())))
                for song in (made, true)]  # fmt: skip
        return seen[0] / seen[1]

    for step in range(1, steps + 1):
        if step > steps // 4 and step % 40 == 0:  # a share of the pool is sung anew
            count = int(own * len(pool))
            pool = torch.cat([songs(600 - count), model.sing(count, heat=heat)])
        loss = cost(pool[torch.randint(0, len(pool), (batch,))])
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if plan is not None:
            plan.step()
        recorder.step(loss, samples=batch, clipped=float(norm > 1.0))
        if step % (steps // evaluations) == 0:
            model.eval()
            with torch.no_grad():
                recorder.evaluate(loss=float(cost(held)), distinct_3=variety(60))
            model.train()
    model.eval()
    return variety()
