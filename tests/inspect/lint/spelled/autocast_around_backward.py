"""Backward passes inside of autocast, and outside."""

FIRES = {
    "block": """
        import torch
        def f(model, x):
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = model(x)
                loss.backward()  # here
        """,
    "imported": """
        from torch.cuda.amp import autocast
        def f(model, x, scaler):
            with autocast():
                loss = model(x)
                scaler.scale(loss).backward()  # here
        """,
    "decorator": """
        import torch
        @torch.amp.autocast("cuda")
        def step(model, x):
            model(x).sum().backward()  # here
        """,
    "named": """
        import torch
        def f(model, x):
            half = torch.autocast(device_type="cpu")
            with half:
                model(x).sum().backward()  # here
        """,
    "a_context_manager_of_the_file": """
        import torch
        from contextlib import contextmanager
        @contextmanager
        def half():
            with torch.autocast("cuda", dtype=torch.bfloat16):
                yield
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with half():
                    model(x).mean().backward()  # here
                opt.step()
        """,
    "chosen_by_a_condition": """
        import torch
        from contextlib import nullcontext
        half = torch.autocast("cuda", dtype=torch.bfloat16)
        ctx = half if torch.cuda.is_available() else nullcontext()
        def train(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with ctx:
                    loss = model(x).mean()
                    loss.backward()  # here
                opt.step()
        """,
    "a_decorator_of_the_file": """
        import torch
        def mixed(function):
            def inner(*args):
                with torch.autocast("cuda"):
                    return function(*args)
            return inner
        @mixed
        def step(model, opt, x):
            opt.zero_grad()
            model(x).mean().backward()  # here
            opt.step()
        """,
    "around_a_helper": """
        import torch
        def update(model, opt, x):
            opt.zero_grad()
            model(x).mean().backward()  # here
            opt.step()
        def train(model, opt, loader):
            with torch.autocast(device_type="cuda", dtype=torch.bfloat16):
                for x in loader:
                    update(model, opt, x)
        """,
    "a_lambda": """
        import torch
        amp = lambda: torch.autocast("cuda", dtype=torch.bfloat16)
        def train(model, opt, loader):
            for x in loader:
                with amp():
                    loss = model(x).mean()
                    loss.backward()  # here
                opt.step()
                opt.zero_grad()
        """,
    "an_exit_stack_of_a_context_manager": """
        import contextlib
        import torch
        @contextlib.contextmanager
        def precision(amp):
            with contextlib.ExitStack() as stack:
                if amp:
                    stack.enter_context(torch.autocast("cuda", dtype=torch.bfloat16))
                yield
        def train(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                with precision(True):
                    loss = model(x).mean()
                    loss.backward()  # here
                opt.step()
        """,
    "a_stack_that_is_returned": """
        import contextlib
        import torch
        def precision():
            stack = contextlib.ExitStack()
            stack.enter_context(torch.autocast("cuda"))
            return stack
        def train(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                with precision():
                    model(x).mean().backward()  # here
                opt.step()
        """,
    "a_class_with_enter": """
        import torch
        class Cast:
            def __enter__(self):
                self.cast = torch.autocast("cuda", dtype=torch.bfloat16)
                self.cast.__enter__()
            def __exit__(self, *error):
                self.cast.__exit__(*error)
        def train(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                with Cast():
                    model(x).mean().backward()  # here
                opt.step()
        """,
    "a_generator_that_yields_inside": """
        import torch
        def batches(loader):
            with torch.autocast("cuda", dtype=torch.bfloat16):
                for x in loader:
                    yield x
        def train(model, loader, opt):
            for x in batches(loader):
                opt.zero_grad()
                model(x).mean().backward()  # here
                opt.step()
        """,
}

SILENT = {
    "outside": """
        import torch
        def f(model, x):
            with torch.autocast("cuda"):
                loss = model(x)
            loss.backward()
        """,
    "switched_off": """
        import torch
        def f(model, x):
            with torch.autocast("cuda", enabled=False):
                loss = model(x)
                loss.backward()
        """,
    "another_context": """
        import torch
        def f(model, x, accelerator):
            with accelerator.accumulate(model):
                with torch.autocast("cuda"):
                    loss = model(x)
                accelerator.backward(loss)
        """,
    "a_decorated_forward": """
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
                loss_of(model, x).backward()
                opt.step()
        """,
    "no_grad_chosen_by_a_condition": """
        import torch
        from contextlib import nullcontext
        def run(model, opt, loader, train):
            ctx = nullcontext() if train else torch.no_grad()
            for x in loader:
                with ctx:
                    loss = model(x).mean()
                if train:
                    loss.backward()
                    opt.step()
                    opt.zero_grad()
        """,
    "a_generator_that_yields_after": """
        import torch
        def batches(teacher, loader):
            for x in loader:
                with torch.autocast("cuda", dtype=torch.bfloat16):
                    y = teacher(x)
                yield x, y
        def train(model, loader, opt, teacher):
            for x, y in batches(teacher, loader):
                opt.zero_grad()
                (model(x) - y).mean().backward()
                opt.step()
        """,
    "a_stack_around_the_forward_pass": """
        import contextlib
        import torch
        @contextlib.contextmanager
        def precision():
            with contextlib.ExitStack() as stack:
                stack.enter_context(torch.autocast("cuda", dtype=torch.bfloat16))
                yield
        def train(model, loader, opt):
            for x in loader:
                opt.zero_grad()
                with precision():
                    loss = model(x).mean()
                loss.backward()
                opt.step()
        """,
}
