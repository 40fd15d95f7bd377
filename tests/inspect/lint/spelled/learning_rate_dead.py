"""Rates that are or soon become zero, and such as last."""

_LOOP = """
        import torch
        from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, StepLR
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = {schedule}
        for epoch in range({epochs}):
            for x in loader:
                optimizer.step()
            scheduler.step()
        """

FIRES = {
    "zero": """
        import torch
        optimizer = torch.optim.Adam(model.parameters(), lr=0.0)  # here
        """,
    "next_to_nothing": """
        import torch
        LR = 1e-12  # here
        def build(model):
            return torch.optim.SGD(model.parameters(), LR)
        """,
    "decays_each_epoch": _LOOP.format(schedule="StepLR(optimizer, 1)  # here", epochs=100),
    "halves_each_epoch": _LOOP.format(
        schedule="ExponentialLR(optimizer, gamma=0.5)  # here", epochs=200
    ),
    "factor_zero": _LOOP.format(
        schedule="LambdaLR(optimizer, lambda epoch: 0.0)  # here", epochs=2
    ),
    "gamma_zero": _LOOP.format(schedule="StepLR(optimizer, 3, gamma=0)  # here", epochs=9),
    "cut_to_nothing_by_hand": """
        import torch
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for epoch in range(200):
            if plateau():
                for group in optimizer.param_groups:
                    group["lr"] *= 1e-9  # here
        """,
    "a_factor_that_is_the_rate": """
        import math
        import torch
        PEAK = 3e-5
        optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
        def rate(step):
            if step < 300:
                return PEAK * (step + 1) / 300
            return PEAK * (1 + math.cos(step / 1000)) / 2
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)  # here
        """,
    "by_getattr": """
        import torch
        CFG = {"optim": {"name": "Adam", "args": {"lr": 1e-13}}}  # here
        o = CFG["optim"]
        optimizer = getattr(torch.optim, o["name"])(net.parameters(), **o["args"])
        """,
    "by_a_table_of_classes": """
        import torch
        KINDS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        def build(net, kind):
            return KINDS[kind](net.parameters(), lr=0.0)  # here
        optimizer = build(net, "adam")
        """,
    "by_a_factory_of_a_field": """
        import torch
        from dataclasses import dataclass, field
        @dataclass
        class Optim:
            lr: float = 0.0  # here
        @dataclass
        class Settings:
            optim: Optim = field(default_factory=Optim)
        def main(s: Settings):
            return torch.optim.Adam(net.parameters(), lr=s.optim.lr)
        main(Settings())
        """,
}

SILENT = {
    "as_used": """
        import torch
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
        """,
    "set_by_hand": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        """,
    "decays_in_time": _LOOP.format(schedule="StepLR(optimizer, 30)", epochs=90),
    "decays_slowly": _LOOP.format(schedule="ExponentialLR(optimizer, 0.97)", epochs=100),
    "length_unknown": _LOOP.format(schedule="StepLR(optimizer, 1)", epochs="args.epochs"),
    "cut_tenfold_by_hand": """
        import torch
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for epoch in range(200):
            if plateau():
                for group in optimizer.param_groups:
                    group["lr"] *= 0.1
        """,
    "a_factor_beside_the_rate": """
        import math
        import torch
        PEAK, WARMUP = 3e-5, 0.05
        optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: WARMUP * (1 + s))
        other = torch.optim.AdamW(model.parameters(), lr=1.0)
        noam = torch.optim.lr_scheduler.LambdaLR(other, lambda s: PEAK * (1 + s))
        """,
    "by_getattr_as_used": """
        import torch
        CFG = {"name": "Adam", "args": {"lr": 1e-3}}
        optimizer = getattr(torch.optim, CFG["name"])(net.parameters(), **CFG["args"])
        """,
}
