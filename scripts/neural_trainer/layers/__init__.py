"""What monitor, probes and checks share about models: the Case, and statistics of layers."""
