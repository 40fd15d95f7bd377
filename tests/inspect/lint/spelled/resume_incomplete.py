"""Runs that go on with part of their state, and such as go on with all."""

_TRAIN = """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
        {load}
        for epoch in range(9):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            scheduler.step()
            {save}
        """
_SAVE = (
    "torch.save({'model': model.state_dict(), 'optimizer': optimizer.state_dict(),"
    " 'scheduler': scheduler.state_dict()}, 'last.pt')"
)
_LOAD = """state = torch.load('last.pt', weights_only=True)
        model.load_state_dict(state['model'])"""

FIRES = {
    "model_alone": _TRAIN.format(load=_LOAD + "  # here", save=_SAVE),
    "no_scheduler": _TRAIN.format(
        load=_LOAD + "\n        optimizer.load_state_dict(state['optimizer'])  # here", save=_SAVE
    ),
    "as_it_says": _TRAIN.format(
        load="""if args.resume:
            model.load_state_dict(torch.load(args.resume))  # here""",
        save="pass",
    ),
    "the_average_of_weights": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        ema = Average(model)
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])  # here
        start = state["epoch"] + 1
        best = 0.0
        for epoch in range(start, 90):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                ema.update(model)
            best = max(best, score(model))
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save({**held, "ema": ema.state_dict()}, "last.pt")
        """,
    "the_best_score": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        ema = Average(model)
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["epoch"] + 1
        best = 0.0  # here
        for epoch in range(start, 90):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                ema.update(model)
            best = max(best, score(model))
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save({**held, "best": best}, "last.pt")
        """,
    "told_and_not_used": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        print("goes on after", state["epoch"])
        for epoch in range(90):  # here
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save(held, "last.pt")
        """,
}

SILENT = {
    "whole": _TRAIN.format(
        load=_LOAD
        + "\n        optimizer.load_state_dict(state['optimizer'])"
        + "\n        scheduler.load_state_dict(state['scheduler'])",
        save=_SAVE,
    ),
    "a_new_training": _TRAIN.format(
        load="model.load_state_dict(torch.load('pretrained.pt'))", save="pass"
    ),
    "told_the_epoch": """
        import torch
        def train(state):
            optimizer = torch.optim.Adam(model.parameters())
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3, last_epoch=state["epoch"])
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                scheduler.step()
        """,
    "only_evaluated": """
        import torch
        model.load_state_dict(torch.load("last.pt")["model"])
        model.eval()
        """,
    "weights_to_begin_with": """
        import torch
        class T:
            def __init__(self, model, weights):
                self.model = model
                self.model.load_state_dict(weights)
                self.optimizer = torch.optim.Adam(model.parameters())
            def fit(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    self.model(x).mean().backward()
                    self.optimizer.step()
                torch.save({"m": self.model.state_dict(), "o": self.optimizer.state_dict()}, "a")
        """,
    "the_best_score_given_back": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        ema = Average(model)
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["epoch"] + 1
        best = state["best"]
        for epoch in range(start, 90):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                ema.update(model)
            best = max(best, score(model))
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save({**held, "best": best}, "last.pt")
        """,
    "told_for_the_record": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        ema = Average(model)
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["epoch"] + 1
        best = 0.0
        for epoch in range(start, 90):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                ema.update(model)
            best = max(best, score(model))
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save({**held, "loss": score(model), "config": CONFIG}, "last.pt")
        """,
    "handed_to_other_code": """
        import torch
        optimizer = torch.optim.Adam(model.parameters())
        ema = Average(model)
        state = torch.load("last.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["epoch"] + 1
        best = restore(state)
        for epoch in range(start, 90):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
                ema.update(model)
            best = max(best, score(model))
            held = {"model": model.state_dict(), "epoch": epoch}
            held["optimizer"] = optimizer.state_dict()
            torch.save({**held, "best": best}, "last.pt")
        """,
}
