"""Families of tasks that the diagnosis is fitted on."""
