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
}
