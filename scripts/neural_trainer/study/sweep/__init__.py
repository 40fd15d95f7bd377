"""Sweep: a search over settings; each trial is a run under watch, proposed by Optuna."""
