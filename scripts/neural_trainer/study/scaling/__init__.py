"""Scaling laws: runs of many sizes become a law with intervals, and a plan for a budget."""
