"""Rebuilds as work that is recorded: it can be watched, paused and given up, and survives whoever does it."""
