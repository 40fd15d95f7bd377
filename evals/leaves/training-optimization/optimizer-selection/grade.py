"""Muon holds the hidden matrices alone, each once, and its first step is of AdamW's size."""

from __future__ import annotations

from pathlib import Path

from forked import run

MODEL = (Path(__file__).parent / "files" / "model.py").read_text(encoding="utf-8")
HIDDEN = """
import torch
torch.set_num_threads(1)
from solution import build_optimizers

def look(freeze, **options):
    torch.manual_seed(0)
    model = GPT(**options)
    freeze(model)
    names = {id(p): n for n, p in model.named_parameters()}
    trainable = {n for n, p in model.named_parameters() if p.requires_grad}
    hidden = {n for n in trainable if n.startswith("blocks.") and model.get_parameter(n).ndim == 2}
    made = build_optimizers(model, 1e-3, 0.1)
    held = [names[id(p)] for o in made for g in o.param_groups for p in g["params"]]
    assert len(held) == len(set(held)), "a parameter is trained twice"
    assert set(held) == trainable, f"not as trainable: {sorted(set(held) ^ trainable)[:4]}"
    for o in made:
        muon = isinstance(o, torch.optim.Muon)
        for g in o.param_groups:
            assert abs(g["lr"] - 1e-3) < 1e-12, f"a group has lr {g['lr']}"
            for p in g["params"]:
                n = names[id(p)]
                assert muon == (n in hidden), f"{n}: {'Muon' if muon else 'not Muon'}"
                if p.ndim < 2:
                    assert g["weight_decay"] == 0, f"{n} decays"
                elif muon:
                    assert g["weight_decay"] == 0.1, f"{n} decays by {g['weight_decay']}"
    x = torch.randn(4, 1, 16, 16) if options.get("patches") else torch.randint(0, 96, (4, 32))
    model(x).logsumexp(-1).mean().backward()
    for o in made:
        if not isinstance(o, torch.optim.Muon):
            continue
        for g in o.param_groups:
            for p in g["params"]:
                twin = torch.nn.Parameter(p.detach().clone())
                twin.grad = p.grad.clone()
                reference = torch.optim.Muon(
                    [twin], lr=1e-3, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
                )
                reference.step()
                g["expected"] = g.get("expected", []) + [(p, p.detach().clone(), twin.detach())]
        expected = [e for g in o.param_groups for e in g.pop("expected")]
        o.step()
        for p, before, after in expected:
            ratio = float((p.detach() - before).norm() / (after - before).norm())
            assert abs(ratio - 1) < 0.1, (
                f"Muon's step on {names[id(p)]} is {ratio:.2f} of the size that AdamW's rate means"
            )

look(lambda m: None, tied=True)
look(lambda m: None, tied=False)
look(lambda m: None, tied=False, patches=True)
look(lambda m: m.blocks[0].requires_grad_(False), tied=True)
look(lambda m: m.tokens.requires_grad_(False), tied=True)
look(lambda m: (m.requires_grad_(False), m.blocks[1].requires_grad_(True)), tied=False)
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    ours = (
        f"import sys, types\nmodel = types.ModuleType('model')\nexec({MODEL!r}, model.__dict__)\n"
    )
    ours += "sys.modules['model'] = model\nGPT = model.GPT\n"
    done = run(["-c", ours + HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
