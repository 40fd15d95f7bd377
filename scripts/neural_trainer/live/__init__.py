"""The monitor inside a training loop and what reads its folder while it is written."""
