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
}
