"""Calls of the whole API, made at random: `arguments` has what is given, `surface` what is called.

`episode` makes the calls and says what it takes for a fault, `run` runs episodes in processes of their own.
"""
