"""What a checkpoint, or a file of predictions, is worth on held-out data."""
