"""Comparisons between runs, and the walk from an alarm to a proven fix."""
