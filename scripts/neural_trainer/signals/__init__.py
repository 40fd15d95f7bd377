"""Features of series: pure functions of arrays, without thresholds."""
