"""Loops that wait for the device at every step, and such as seldom do."""

_LOOP = """
        import torch
        model.to("cuda")
        total, seen = 0.0, torch.zeros(1, device="cuda")
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            out = model(x)
            loss = loss_fn(out, y)
            loss.backward()
            optimizer.step()
            {end}
        """

FIRES = {
    "item": _LOOP.format(end="total += loss.item()  # here"),
    "cpu": _LOOP.format(end="outs.append(out.detach().cpu())  # here"),
    "float": _LOOP.format(end="total += float(loss)  # here"),
    "counted_hits": _LOOP.format(end="total += (out.argmax(1) == y).sum().item()  # here"),
    "a_wait_at_each_step": """
        import torch
        model = model.to("cuda")
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            torch.cuda.synchronize()  # here
        """,
}

SILENT = {
    "seldom": _LOOP.format(end="if step % 100 == 0: print(loss.item())"),
    "on_the_device": _LOOP.format(end="seen += loss.detach()"),
    "no_device": """
        import torch
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        """,
    "of_an_evaluation": """
        import torch
        model.to("cuda")
        for x, y in loader:
            total += loss_fn(model(x), y).item()
        """,
    "once_an_epoch": """
        import torch
        model.to("cuda")
        for epoch in range(3):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
            print(loss.item())
        """,
    "already_on_the_host": _LOOP.format(end="total += loss.detach().numpy().item()"),
    "a_wait_now_and_then": """
        import torch
        model = model.to("cuda")
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            if step % 100 == 0:
                torch.cuda.synchronize()
        torch.cuda.synchronize()
        """,
}
