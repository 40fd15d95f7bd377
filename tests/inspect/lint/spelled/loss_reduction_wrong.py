"""Sums that go backward, and losses that do not grow with the batch."""

_LOOP = """
        import torch
        from torch import nn
        import torch.nn.functional as F
        {first}
        for x, y in loader:
            optimizer.zero_grad()
            {loss}
            loss.backward()
            optimizer.step()
        """

FIRES = {
    "module": _LOOP.format(
        first="criterion = nn.CrossEntropyLoss(reduction='sum')  # here",
        loss="loss = criterion(model(x), y)",
    ),
    "function": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum')  # here"
    ),
    "old_option": _LOOP.format(
        first="", loss="loss = nn.MSELoss(size_average=False)(model(x), y)  # here"
    ),
    "sum_of_items": _LOOP.format(
        first="", loss="loss = F.cross_entropy(model(x), y, reduction='none').sum()  # here"
    ),
    "a_partial_in_settings": """
        from functools import partial
        import torch
        import torch.nn.functional as F
        SETTINGS = {
            "objective": partial(F.huber_loss, reduction="sum"),  # here
        }
        def main(cfg):
            objective = cfg["objective"]
            for x, y in loader:
                optimizer.zero_grad()
                loss = objective(model(x), y)
                loss.backward()
                optimizer.step()
        main(SETTINGS)
        """,
}

FIRES["own_function"] = """
        import torch
        def l1(a, b):
            return (a - b).abs().sum()  # here
        for x, y in loader:
            optimizer.zero_grad()
            l1(model(x), y).backward()
            optimizer.step()
        """

SILENT = {
    "mean": _LOOP.format(first="", loss="loss = F.mse_loss(model(x), y, reduction='mean')"),
    "divided": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum') / len(x)"
    ),
    "divided_later": _LOOP.format(
        first="",
        loss="loss = F.mse_loss(model(x), y, reduction='sum'); loss /= len(x)",
    ),
    "of_terms": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum') + kl(x)"
    ),
    "only_reported": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y); s = F.mse_loss(x, y, reduction='sum')"
    ),
    "a_partial_that_averages": """
        from functools import partial
        import torch
        import torch.nn.functional as F
        SETTINGS = {"objective": partial(F.huber_loss, delta=1.5)}
        def main(cfg):
            objective = cfg["objective"]
            for x, y in loader:
                optimizer.zero_grad()
                loss = objective(model(x), y)
                loss.backward()
                optimizer.step()
        main(SETTINGS)
        """,
}
