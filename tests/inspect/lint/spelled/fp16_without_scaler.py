"""Training in float16 without scaling, and such as needs none."""

_LOOP = """
        import torch
        {first}
        for x in loader:
            optimizer.zero_grad()
            {around}
                loss = model(x).mean()
            loss.backward(){mark}
            optimizer.step()
        """

FIRES = {
    "said": _LOOP.format(
        mark="  # here", first="", around="with torch.autocast('cuda', dtype=torch.float16):"
    ),
    "by_default": _LOOP.format(
        mark="  # here", first="", around="with torch.autocast(device_type='cuda'):"
    ),
    "old_name": _LOOP.format(mark="  # here", first="", around="with torch.cuda.amp.autocast():"),
    "model_of_halves": _LOOP.format(mark="  # here", first="model.half()", around="if True:"),
    "model_to_float16": _LOOP.format(
        mark="  # here", first="model = model.to(torch.float16)", around="if True:"
    ),
    "half_where_it_is_built": """
        import torch
        model = Net().cuda().half()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            loss = loss_fn(model(x.half()).float(), y)
            optimizer.zero_grad()
            loss.backward()  # here
            optimizer.step()
        """,
    "a_type_looked_up_by_name": """
        import torch
        TYPES = {"fp16": torch.float16, "fp32": torch.float32}
        CFG = {"precision": "fp16"}
        def train(model, opt, loader, cfg):
            for x in loader:
                opt.zero_grad()
                with torch.autocast("cuda", dtype=TYPES[cfg["precision"]]):
                    loss = model(x).mean()
                loss.backward()  # here
                opt.step()
        train(model, opt, loader, CFG)
        """,
    "a_decorator_of_the_file": """
        import torch
        def mixed(function):
            def inner(*args):
                with torch.autocast("cuda"):
                    return function(*args)
            return inner
        @mixed
        def loss_of(model, x):
            return model(x).mean()
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                loss = loss_of(model, x)
                loss.backward()  # here
                opt.step()
        """,
    "a_context_manager_of_the_file": """
        import torch
        import contextlib
        @contextlib.contextmanager
        def half():
            with torch.cuda.amp.autocast():
                yield
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with half():
                    loss = model(x).mean()
                loss.backward()  # here
                opt.step()
        """,
    "getattr_of_torch": """
        import torch
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with torch.autocast("cuda", dtype=getattr(torch, "float16")):
                    loss = model(x).mean()
                loss.backward()  # here
                opt.step()
        """,
    "the_device_of_a_constant": """
        import torch
        DEVICE = "cuda"
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with torch.autocast(device_type=DEVICE):
                    loss = model(x).mean()
                loss.backward()  # here
                opt.step()
        """,
    "kept_on_self": """
        import torch
        class T:
            def __init__(self, net):
                self.net = net
                self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
                self.amp = torch.autocast("cuda", dtype=torch.float16)
            def fit(self, loader):
                for x in loader:
                    self.opt.zero_grad()
                    with self.amp:
                        loss = self.net(x).mean()
                    loss.backward()  # here
                    self.opt.step()
        """,
    "a_scaler_under_a_word_that_is_never_said": """
        from dataclasses import dataclass
        import torch
        DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}
        @dataclass
        class Config:
            precision: str = "fp16"
        class Trainer:
            def __init__(self, cfg: Config):
                self.cfg = cfg
                self.scaler = None
                if cfg.precision == "float16":
                    self.scaler = torch.amp.GradScaler("cuda")
            def fit(self, model, loader, opt):
                for x in loader:
                    with torch.autocast("cuda", dtype=DTYPES[self.cfg.precision]):
                        loss = model(x).mean()
                    opt.zero_grad()
                    if self.scaler is not None:
                        self.scaler.scale(loss).backward()
                        self.scaler.step(opt)
                        self.scaler.update()
                    else:
                        loss.backward()  # here
                        opt.step()
        Trainer(Config())
        """,
    "a_scaler_that_is_off": """
        import torch
        DTYPE = "float16"
        scaler = torch.amp.GradScaler("cuda", enabled=DTYPE == "fp16")
        for x in loader:
            with torch.autocast("cuda", dtype=torch.float16):
                loss = model(x).mean()
            opt.zero_grad()
            scaler.scale(loss).backward()  # here
            scaler.step(opt)
            scaler.update()
        """,
    "autocast_that_is_on": """
        import torch
        AMP = True
        for x in loader:
            with torch.autocast("cuda", dtype=torch.float16, enabled=AMP):
                loss = model(x).mean()
            opt.zero_grad()
            loss.backward()  # here
            opt.step()
        """,
}

SILENT = {
    "bfloat16": _LOOP.format(
        mark="", first="", around="with torch.autocast('cuda', dtype=torch.bfloat16):"
    ),
    "on_the_cpu": _LOOP.format(mark="", first="", around="with torch.autocast('cpu'):"),
    "switchable": _LOOP.format(
        mark="", first="", around="with torch.autocast('cuda', enabled=amp):"
    ),
    "scaled": """
        import torch
        scaler = torch.amp.GradScaler()
        for x in loader:
            optimizer.zero_grad()
            with torch.autocast("cuda", dtype=torch.float16):
                loss = model(x).mean()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        """,
    "only_evaluated": """
        import torch
        model.half()
        for x in loader:
            model(x)
        """,
    "scaled_by_hand": """
        import torch
        SCALE = 1024.0
        model = Net().cuda()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            with torch.autocast("cuda", dtype=torch.float16):
                loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            (SCALE * loss).backward()
            torch._foreach_div_([p.grad for p in model.parameters()], SCALE)
            optimizer.step()
        """,
    "looked_up_bfloat16": """
        import torch
        TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
        def train(model, opt, loader, cfg):
            for x in loader:
                opt.zero_grad()
                with torch.autocast("cuda", dtype=TYPES[cfg["precision"]]):
                    loss = model(x).mean()
                loss.backward()
                opt.step()
        train(model, opt, loader, {"precision": "bf16"})
        """,
    "a_type_chosen_outside": """
        import torch
        def train(model, opt, loader, name):
            for x in loader:
                opt.zero_grad()
                with torch.autocast("cuda", dtype=getattr(torch, name)):
                    loss = model(x).mean()
                loss.backward()
                opt.step()
        """,
    "a_frozen_part_in_half": """
        import torch
        for x, y in loader:
            with torch.no_grad(), torch.autocast("cuda", dtype=torch.float16):
                features = encoder(x)
            loss = (model(features.float()) - y).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "all_off_by_one_flag": """
        import argparse
        import torch
        p = argparse.ArgumentParser()
        p.add_argument("--amp", default=False)
        args = p.parse_args()
        scaler = torch.amp.GradScaler("cuda", enabled=args.amp)
        for x in loader:
            with torch.autocast("cuda", dtype=torch.float16, enabled=args.amp):
                loss = model(x).mean()
            opt.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        """,
    "arms_of_one_flag": """
        import argparse
        import torch
        p = argparse.ArgumentParser()
        p.add_argument("--amp", default=False)
        args = p.parse_args()
        scaler = torch.amp.GradScaler("cuda")
        for x in loader:
            if args.amp:
                with torch.autocast("cuda", dtype=torch.float16):
                    loss = model(x).mean()
            else:
                loss = model(x).mean()
            opt.zero_grad()
            if args.amp:
                scaler.scale(loss).backward()
                scaler.step(opt)
                scaler.update()
            else:
                loss.backward()
                opt.step()
        """,
}
