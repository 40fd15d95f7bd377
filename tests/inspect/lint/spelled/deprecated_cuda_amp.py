"""Uses of torch.cuda.amp, and of what replaces it."""

FIRES = {
    "full_name": """
        import torch
        scaler = torch.cuda.amp.GradScaler()  # here
        """,
    "imported": """
        from torch.cuda.amp import autocast, GradScaler
        scaler = GradScaler(enabled=True)  # here
        def f(model, x):
            with autocast():  # here
                return model(x)
        """,
    "alias": """
        import torch.cuda.amp as amp
        with amp.autocast(dtype=None):  # here
            pass
        """,
    "from_cuda": """
        from torch.cuda import amp
        class A:
            def __init__(self):
                self.scaler = amp.GradScaler()  # here
        """,
    "decorator": """
        import torch
        from torch.cuda.amp import custom_fwd
        class F(torch.autograd.Function):
            @staticmethod
            @custom_fwd  # here
            def forward(ctx, x):
                return x
        """,
    "by_partial": """
        from functools import partial
        import torch
        bf16 = partial(torch.cuda.amp.autocast, dtype=torch.bfloat16)  # here
        with bf16():
            pass
        """,
    "by_an_alias": """
        import torch
        scaler_kind = torch.cuda.amp.GradScaler
        scaler = scaler_kind()  # here
        """,
    "a_scaler_beside_the_new_context": """
        import torch
        if half:
            context = torch.autocast("cuda")
            scaler = torch.cuda.amp.GradScaler()  # here
        """,
    "after_a_use_of_the_new_name_that_goes_on": """
        import torch
        def train(model, x, half):
            if half:
                torch.amp.autocast("cuda")
            scaler = torch.cuda.amp.GradScaler()  # here
            return scaler
        """,
}

SILENT = {
    "new": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        with torch.autocast("cuda"):
            pass
        """,
    "imported_for_old_versions": """
        try:
            from torch.amp import GradScaler
        except ImportError:
            from torch.cuda.amp import GradScaler
        """,
    "in_a_handler": """
        import torch
        try:
            scaler = torch.amp.GradScaler("cuda")
        except AttributeError:
            scaler = torch.cuda.amp.GradScaler()
        """,
    "in_another_arm": """
        import torch
        if NEW:
            scaler = torch.amp.GradScaler("cuda")
        else:
            scaler = torch.cuda.amp.GradScaler()
        """,
    "another_amp": """
        from apex import amp
        amp.autocast()
        import torch.cuda
        """,
    "the_new_name_by_partial": """
        from functools import partial
        import torch
        bf16 = partial(torch.amp.autocast, "cuda", dtype=torch.bfloat16)
        with bf16():
            pass
        """,
    "after_a_look_for_the_new_name": """
        import torch
        def make_scaler(enabled):
            if hasattr(torch.amp, "GradScaler"):
                return torch.amp.GradScaler("cuda", enabled=enabled)
            return torch.cuda.amp.GradScaler(enabled=enabled)
        def context():
            try:
                return torch.amp.autocast("cuda")
            except AttributeError:
                pass
            return torch.cuda.amp.autocast()
        """,
    "imported_from_either_and_used": """
        try:
            from torch.amp import GradScaler, autocast
        except ImportError:
            from torch.cuda.amp import GradScaler, autocast
        scaler = GradScaler()
        with autocast():
            pass
        """,
    "by_the_version": """
        import torch
        def context():
            if RECENT:
                return torch.autocast("cuda")
            return torch.cuda.amp.autocast()
        """,
}
