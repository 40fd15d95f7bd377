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
    "an_integer_division_in_a_function": """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Args:
            base: float = 0.1
            batch: int = 32
        def scaled(args, world):
            share = args.batch // 256  # here
            return args.base * share * world
        def main(net, world):
            args = Args()
            optimizer = torch.optim.SGD(net.parameters(), lr=scaled(args, world), momentum=0.9)
        """,
    "rounded_to_nothing": """
        import torch
        optimizer = torch.optim.AdamW(net.parameters(), lr=round(3e-4, 2))  # here
        """,
    "a_factor_that_is_a_rate_by_a_function": """
        import argparse
        import torch
        ap = argparse.ArgumentParser()
        ap.add_argument("--lr", type=float, default=1e-4)  # here
        ap.add_argument("--warmup", type=int, default=4000)
        args = ap.parse_args()
        def noam(step, width, warmup):
            step = max(step, 1)
            return width ** -0.5 * min(step ** -0.5, step * warmup ** -1.5)
        optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda s: noam(s, 512, args.warmup)
        )
        """,
    "too_low_for_a_mean_of_scaled_data": """
        import torch
        from sklearn.preprocessing import StandardScaler
        rows = StandardScaler().fit_transform(table)
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-8, momentum=0.9)  # here
        """,
    "too_low_for_adam": """
        import torch
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-8)  # here
        """,
    "an_item_with_a_default": """
        import torch
        cfg = {"lr": 1e-12}  # here
        optimizer = torch.optim.AdamW(net.parameters(), lr=cfg.get("lr", 1e-3))
        """,
    "ends_early": _LOOP.format(
        schedule="LambdaLR(optimizer, lambda e: max(0.0, 1 - e / 10))  # here", epochs=100
    ),
    "milestones_of_a_hundredth": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        ends = [5, 10, 15, 20]
        s = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=ends, gamma=0.01)  # here
        class Run:
            def after(self):
                s.step()
            def fit(self):
                for epoch in range(100):
                    for x in loader:
                        optimizer.step()
                    self.after()
        """,
    "ends_early_by_its_default": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        s = torch.optim.lr_scheduler.PolynomialLR(optimizer)  # here
        for epoch in range(100):
            for x in loader:
                optimizer.step()
            s.step()
        """,
    "ends_early_by_hand": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(100):
            rate = 0.1 * max(0, 1 - epoch / 20)  # here
            for group in optimizer.param_groups:
                group["lr"] = rate
        """,
    "a_plateau_of_nothing": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        s = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.0)  # here
        """,
    "of_a_trainer": """
        from transformers import Trainer, TrainingArguments
        args = TrainingArguments("out", learning_rate=0.0)  # here
        Trainer(model=model, args=args, train_dataset=rows).train()
        """,
    "from_a_table_by_a_function": """
        import torch
        from torch.optim import lr_scheduler
        CONFIG = {
            "epochs": 80,
            "optimizer": {"name": "adam", "lr": 1e-3},
            "scheduler": {
                "name": "exponential",
                "gamma": 0.1,  # here
            },
        }
        OPTIMIZERS = {"adam": torch.optim.Adam}
        SCHEDULERS = {"exponential": lr_scheduler.ExponentialLR, "step": lr_scheduler.StepLR}
        def build(registry, section, *args):
            options = dict(section)
            return registry[options.pop("name")](*args, **options)
        class Run:
            def __init__(self, config):
                self.config = config
                self.optimizer = build(OPTIMIZERS, config["optimizer"], net.parameters())
                self.scheduler = build(SCHEDULERS, config["scheduler"], self.optimizer)
            def fit(self):
                for epoch in range(1, self.config["epochs"] + 1):
                    for x in loader:
                        self.optimizer.step()
                    self.scheduler.step()
        Run(CONFIG).fit()
        """,
    "from_a_library_by_a_function": """
        import torch
        CFG = {
            "first": {"kind": "AdamW", "args": {"lr": 0.0}},  # here
            "other": {"kind": "SGD", "args": {"lr": 0.1}},
        }
        def make(module, section, params):
            cls = getattr(module, section["kind"])
            return cls(params, **section["args"])
        optimizer = make(torch.optim, CFG["first"], net.parameters())
        other = make(torch.optim, CFG["other"], net.parameters())
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
    "set_by_one_cycle": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0)
        s = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)
        """,
    "where_a_search_begins": """
        import torch
        from torch_lr_finder import LRFinder
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-8)
        LRFinder(model, optimizer, criterion).range_test(loader, end_lr=1)
        """,
    "low_for_a_sum": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-7, momentum=0.95)
        criterion = torch.nn.CrossEntropyLoss(reduction="sum")
        """,
    "low_for_data_as_it_comes": """
        import torch
        optimizer = torch.optim.SGD(torch.nn.Linear(9, 1).parameters(), lr=1e-8)
        """,
    "a_whole_number_of_batches": """
        import torch
        def scaled(batch, world):
            return 0.1 * (batch // 256) * world
        optimizer = torch.optim.SGD(net.parameters(), lr=scaled(512, world))
        """,
    "a_factor_that_is_a_rate_of_one": """
        import torch
        def noam(step, width=512, warmup=4000):
            return width ** -0.5 * min(max(step, 1) ** -0.5, step * warmup ** -1.5)
        optimizer = torch.optim.Adam(net.parameters(), lr=1.0)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, noam)
        """,
    "ends_with_the_loop": _LOOP.format(
        schedule="LambdaLR(optimizer, lambda e: max(0.0, 1 - e / 100))", epochs=100
    ),
    "goes_up_again": _LOOP.format(
        schedule="LambdaLR(optimizer, lambda e: abs(e % 10 - 5) / 5)", epochs=100
    ),
    "from_a_table_by_a_function_and_lasts": """
        import torch
        from torch.optim import lr_scheduler
        SCHEDULERS = {"exponential": lr_scheduler.ExponentialLR, "step": lr_scheduler.StepLR}
        def build(registry, section, *args):
            options = {k: v for k, v in section.items() if k != "name"}
            return registry[section["name"]](*args, **options)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        slow = build(SCHEDULERS, {"name": "exponential", "gamma": 0.97}, optimizer)
        for epoch in range(80):
            for x in loader:
                optimizer.step()
            slow.step()
        """,
    "what_a_call_gives_is_called": """
        import torch
        def keep(function):
            return function
        def run(function, x):
            return keep(function)(x)
        optimizer = run(torch.optim.SGD, net.parameters())
        """,
}
