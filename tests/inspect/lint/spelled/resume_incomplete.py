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
        optimizer.load_state_dict(state["optimizer"])
        start = state["epoch"] + 1  # here
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
    "parts_by_name_without_one": """
        import torch
        from torch import nn
        class Session:
            parts = ("model", "optimizer", "scheduler")
            def __init__(self):
                self.model = nn.Linear(2, 2)
                self.optimizer = torch.optim.Adam(self.model.parameters())
                self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 30)
                self.first = 0
            def save(self, epoch):
                state = {name: getattr(self, name).state_dict() for name in self.parts}
                state["epoch"] = epoch
                torch.save(state, "last.pt")
            def restore(self, only=("model", "optimizer")):
                state = torch.load("last.pt", weights_only=True)
                for name in only:
                    getattr(self, name).load_state_dict(state[name])
                self.first = state["epoch"] + 1  # here
            def fit(self):
                for epoch in range(self.first, 90):
                    for x in loader:
                        self.optimizer.zero_grad()
                        self.model(x).mean().backward()
                        self.optimizer.step()
                    self.scheduler.step()
                    self.save(epoch)
        session = Session()
        session.restore()
        session.fit()
        """,
    "built_anew_afterwards": """
        import torch
        def build(model):
            return torch.optim.AdamW(model.parameters(), lr=1e-3)
        def load(path, model, optimizer):
            state = torch.load(path, weights_only=True)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            return state["step"] + 1
        def main(resume):
            model, first = torch.nn.Linear(2, 2), 0
            optimizer = build(model)
            if resume:
                first = load("last.pt", model, optimizer)
            optimizer = build(model)  # here
            for step in range(first, 100):
                optimizer.zero_grad()
                model(batch(step)).mean().backward()
                optimizer.step()
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save({**state, "step": step}, "last.pt")
        main(True)
        """,
    "a_table_without_one": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
        PARTS = {"g": g, "d": d, "og": og, "od": od}
        def restore(path):
            state = torch.load(path, weights_only=True)
            for name in ("g", "d", "og"):  # here
                PARTS[name].load_state_dict(state[name])
            torch.set_rng_state(state["rng"])
            return state["epoch"] + 1
        for epoch in range(restore("gan.pt"), 200):
            for x in loader:
                od.zero_grad()
                (d(g(x).detach()) - d(x)).mean().backward()
                od.step()
                og.zero_grad()
                (-d(g(x))).mean().backward()
                og.step()
            states = {name: part.state_dict() for name, part in PARTS.items()}
            torch.save({**states, "rng": torch.get_rng_state(), "epoch": epoch}, "gan.pt")
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
    "every_part_by_name": """
        import torch
        from torch import nn
        class Session:
            parts = ("model", "optimizer", "scheduler")
            def __init__(self):
                self.model = nn.Linear(2, 2)
                self.optimizer = torch.optim.Adam(self.model.parameters())
                self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 30)
                self.first = 0
            def save(self, epoch):
                state = {name: getattr(self, name).state_dict() for name in self.parts}
                state["epoch"] = epoch
                torch.save(state, "last.pt")
            def restore(self, only=parts):
                state = torch.load("last.pt", weights_only=True)
                for name in only:
                    getattr(self, name).load_state_dict(state[name])
                self.first = state["epoch"] + 1
            def fit(self):
                for epoch in range(self.first, 90):
                    for x in loader:
                        self.optimizer.zero_grad()
                        self.model(x).mean().backward()
                        self.optimizer.step()
                    self.scheduler.step()
                    self.save(epoch)
        session = Session()
        session.restore()
        session.fit()
        """,
    "handed_back_by_an_engine": """
        import torch
        def build(model):
            return torch.optim.AdamW(model.parameters(), lr=1e-3)
        def load(path, model, optimizer):
            state = torch.load(path, weights_only=True)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            return state["step"] + 1
        def main(resume):
            model, first = torch.nn.Linear(2, 2), 0
            optimizer = build(model)
            if resume:
                first = load("last.pt", model, optimizer)
            optimizer = accelerator.prepare(optimizer)
            for step in range(first, 100):
                optimizer.zero_grad()
                model(batch(step)).mean().backward()
                optimizer.step()
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save({**state, "step": step}, "last.pt")
        main(True)
        """,
    "built_anew_where_nothing_is_given_back": """
        import torch
        def build(model):
            return torch.optim.AdamW(model.parameters(), lr=1e-3)
        def load(path, model, optimizer):
            state = torch.load(path, weights_only=True)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            return state["step"] + 1
        def main(resume):
            model, first = torch.nn.Linear(2, 2), 0
            optimizer = build(model)
            if not resume:
                optimizer = build(model)
            else:
                first = load("last.pt", model, optimizer)
            model.train()
            for step in range(first, 100):
                optimizer.zero_grad()
                model(batch(step)).mean().backward()
                optimizer.step()
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save({**state, "step": step}, "last.pt")
        main(True)
        """,
    "given_back_by_what_builds_it": """
        import torch
        def build(model, state):
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
            if state:
                optimizer.load_state_dict(state)
            return optimizer
        def main(path):
            state = torch.load(path, weights_only=True)
            model = torch.nn.Linear(2, 2)
            model.load_state_dict(state["model"])
            optimizer = build(model, state["optimizer"])
            for step in range(state["step"], 100):
                optimizer.zero_grad()
                model(batch(step)).mean().backward()
                optimizer.step()
        main("last.pt")
        """,
}
