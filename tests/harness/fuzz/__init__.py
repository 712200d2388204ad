"""Random calls of the whole API: `arguments` creates the arguments, `surface` lists the targets.

`episode` makes the calls and defines what counts as a fault, `run` runs episodes in separate processes.
"""
