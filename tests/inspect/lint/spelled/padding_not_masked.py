"""Losses that count padding, and such as leave it out."""

FIRES = {
    "function": """
        import torch
        import torch.nn.functional as F
        from torch.nn.utils.rnn import pad_sequence
        def loss(model, rows):
            y = pad_sequence(rows, batch_first=True)
            logits = model(y)
            return F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))  # here
        """,
    "module": """
        import torch
        from torch import nn
        PAD = 0
        criterion = nn.CrossEntropyLoss()  # here
        def loss(logits, y):
            return criterion(logits.reshape(-1, 100), y.reshape(-1))
        emb = nn.Embedding(100, 8, padding_idx=PAD)
        """,
    "classes_moved": """
        import torch
        from torch import nn
        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.emb = nn.Embedding(100, 8, padding_idx=0)
                self.loss = nn.CrossEntropyLoss()  # here
            def training_step(self, batch):
                out = self.head(self.emb(batch.x))
                return self.loss(out.transpose(1, 2), batch.y)
        """,
    "numbers_of_a_collate_function": """
        import torch
        from torch import nn
        from torch.nn.utils.rnn import pad_sequence
        def collate(rows):
            xs = pad_sequence([x for x, _ in rows], batch_first=True)
            ys = pad_sequence([y for _, y in rows], batch_first=True)
            return xs, ys
        loader = torch.utils.data.DataLoader(rows, shuffle=True, collate_fn=collate)
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y)  # here
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """,
    "padded_by_a_collate_function": """
        import torch
        from torch import nn
        from torch.nn.utils.rnn import pad_sequence
        from torch.utils.data import DataLoader
        def collate(batch):
            xs, ys = zip(*batch)
            return pad_sequence(xs, batch_first=True), pad_sequence(ys, batch_first=True)
        criterion = nn.CrossEntropyLoss()  # here
        for x, y in DataLoader(ds, collate_fn=collate):
            out = model(x)
            loss = criterion(out.view(-1, out.size(-1)), y.view(-1))
            loss.backward()
        """,
    "padded_by_hand": """
        import torch
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        def collate(batch):
            n = max(len(b) for b in batch)
            return torch.stack([F.pad(b, (0, n - len(b))) for b in batch])
        for ids in DataLoader(ds, collate_fn=collate):
            logits = model(ids[:, :-1])
            loss = F.cross_entropy(logits.reshape(-1, 99), ids[:, 1:].reshape(-1))  # here
            loss.backward()
        """,
    "by_einops": """
        import torch
        import torch.nn.functional as F
        from einops import rearrange
        PAD = 0
        def loss_of(model, ids):
            logits = model(ids[:, :-1])
            flat = rearrange(logits, "b t v -> (b t) v")
            return F.cross_entropy(flat, rearrange(ids[:, 1:], "b t -> (b t)"))  # here
        """,
    "a_tagger": """
        import torch
        from torch import nn
        class Tagger(nn.Module):
            def __init__(self, v, t):
                super().__init__()
                self.emb = nn.Embedding(v, 8, padding_idx=0)
                self.loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)  # here
            def loss(self, words, tags):
                scores = self.out(self.emb(words))
                return self.loss_fn(scores.permute(0, 2, 1), tags)
        """,
    "flattened_by_sizes": """
        import torch
        import torch.nn.functional as F
        PAD = 0
        def step(model, ids):
            logits = model(ids[:, :-1])
            b, t, v = logits.shape
            logits = logits.reshape(b * t, v)
            targets = ids[:, 1:].reshape(b * t)
            return F.cross_entropy(logits, targets)  # here
        """,
    "out_of_a_registry": """
        import torch
        from torch import nn
        LOSSES = {}
        def loss(name):
            def wrap(cls):
                LOSSES[name] = cls
                return cls
            return wrap
        @loss("ce")
        class CE(nn.CrossEntropyLoss):
            def __init__(self, smoothing=0.0, ignore_index=-100):
                super().__init__(label_smoothing=smoothing, ignore_index=ignore_index)
        @loss("smooth_ce")
        class SmoothedCE(nn.Module):
            def __init__(self, smoothing=0.1, ignore_index=None):
                super().__init__()
                self.smoothing, self.ignore_index = smoothing, ignore_index
            def forward(self, logits, target):
                logp = logits.log_softmax(-1)
                nll = -logp.gather(-1, target.unsqueeze(-1)).squeeze(-1)
                if self.ignore_index is None:
                    return nll.mean()
                keep = (target != self.ignore_index).to(nll.dtype)
                return (nll * keep).sum() / keep.sum()
        def collate(rows, pad):
            return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
        class C:
            loss = "smooth_ce"
            smoothing = 0.1
            pad = 0
        def main(c: C, model, train_dl, opt):
            emb = nn.Embedding(10, 3, padding_idx=c.pad)
            criterion = LOSSES[c.loss](smoothing=c.smoothing)  # here
            for ids in train_dl:
                value = criterion(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
                opt.zero_grad()
                value.backward()
                opt.step()
        """,
    "a_loss_of_the_file_that_is_not_told": """
        import torch
        from torch import nn
        class LabelSmoothing(nn.Module):
            def __init__(self, size, padding_idx=None, smoothing=0.0):
                super().__init__()
                self.padding_idx, self.smoothing = padding_idx, smoothing
            def forward(self, x, target):
                logp = x.log_softmax(-1)
                loss = -logp.gather(-1, target.unsqueeze(-1)).squeeze(-1)
                if self.padding_idx is not None:
                    loss = loss[target != self.padding_idx]
                return loss.mean()
        PAD = 0
        crit = LabelSmoothing(100, smoothing=0.1)  # here
        for src, tgt in loader:
            out = model(src, tgt[:, :-1])
            loss = crit(out.reshape(-1, 100), tgt[:, 1:].reshape(-1))
            loss.backward()
            opt.step()
        """,
    "a_function_that_is_not_told": """
        import torch, torch.nn.functional as F
        from torch.nn.utils.rnn import pad_sequence
        def token_loss(logits, labels, ignore=None):
            if ignore is None:
                ignore = -1
            flat = logits.view(-1, logits.size(-1))
            return F.cross_entropy(flat, labels.view(-1), ignore_index=ignore)
        def collate(b):
            return pad_sequence(b, batch_first=True, padding_value=0)
        for x in loader:
            loss = token_loss(model(x[:, :-1]), x[:, 1:])  # here
            loss.backward()
            opt.step()
        """,
}

SILENT = {
    "labels_that_callers_give": """
        from torch import nn
        class Tagger(nn.Module):
            def __init__(self, config):
                super().__init__()
                self.emb = nn.Embedding(config.vocab, 8, padding_idx=config.pad_token_id)
            def forward(self, ids, labels=None):
                logits = self.head(self.emb(ids))
                ce = nn.CrossEntropyLoss()
                return ce(logits.view(-1, 9), labels.view(-1))
        """,
    "ignored": """
        import torch
        from torch import nn
        PAD = 0
        criterion = nn.CrossEntropyLoss(ignore_index=PAD)
        def loss(logits, y):
            return criterion(logits.reshape(-1, 100), y.reshape(-1))
        """,
    "one_label": """
        import torch
        from torch import nn
        emb = nn.Embedding(100, 8, padding_idx=0)
        loss = nn.CrossEntropyLoss()(model(emb(x)), y)
        """,
    "no_padding": """
        import torch
        import torch.nn.functional as F
        loss = F.cross_entropy(logits.view(-1, 100), y.view(-1))
        """,
    "masked_later": """
        import torch
        import torch.nn.functional as F
        pad_id = 0
        loss = F.cross_entropy(logits.view(-1, 100), y.view(-1), reduction="none")
        loss = (loss * (y.view(-1) != pad_id)).mean()
        """,
    "masked_later_by_a_module": """
        import torch
        from torch import nn
        PAD = 0
        each = nn.CrossEntropyLoss(reduction="none")
        def loss(logits, y):
            return (each(logits.view(-1, 9), y.view(-1)) * (y.view(-1) != PAD)).mean()
        """,
    "one_number_for_a_padded_series": """
        import torch
        from torch import nn
        from torch.nn.utils.rnn import pad_sequence
        def collate(rows):
            xs = pad_sequence([x for x, _ in rows], batch_first=True)
            return xs, torch.stack([y for _, y in rows])
        loader = torch.utils.data.DataLoader(rows, shuffle=True, collate_fn=collate)
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        """,
    "padded_with_what_is_left_out": """
        import torch
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        def collate(batch):
            n = max(len(b) for b in batch)
            return torch.stack([F.pad(b, (0, n - len(b)), value=-100) for b in batch])
        for ids in DataLoader(ds, collate_fn=collate):
            logits = model(ids[:, :-1])
            loss = F.cross_entropy(logits.reshape(-1, 99), ids[:, 1:].reshape(-1))
            loss.backward()
        """,
    "flattened_and_picked": """
        import torch
        import torch.nn.functional as F
        PAD = 0
        def step(model, ids):
            logits = model(ids[:, :-1])
            b, t, v = logits.shape
            logits = logits.reshape(b * t, v)
            targets = ids[:, 1:].reshape(b * t)
            keep = targets != PAD
            return F.cross_entropy(logits[keep], targets[keep])
        """,
    "a_loss_of_the_file_that_is_told": """
        import torch
        from torch import nn
        class LabelSmoothing(nn.Module):
            def __init__(self, size, padding_idx=None, smoothing=0.0):
                super().__init__()
                self.padding_idx, self.smoothing = padding_idx, smoothing
            def forward(self, x, target):
                logp = x.log_softmax(-1)
                loss = -logp.gather(-1, target.unsqueeze(-1)).squeeze(-1)
                if self.padding_idx is not None:
                    loss = loss[target != self.padding_idx]
                return loss.mean()
        PAD = 0
        crit = LabelSmoothing(100, padding_idx=PAD, smoothing=0.1)
        for src, tgt in loader:
            out = model(src, tgt[:, :-1])
            loss = crit(out.reshape(-1, 100), tgt[:, 1:].reshape(-1))
            loss.backward()
            opt.step()
        """,
}
