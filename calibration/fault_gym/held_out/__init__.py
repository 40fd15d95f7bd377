"""Families of tasks that the diagnosis is judged by alone: written blind, never fitted on."""
