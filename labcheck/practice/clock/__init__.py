"""Weeks in seconds: the crontabs of the lab's hosts run through a stretch of time, with the real programs.

The period ends at the present unless told otherwise, so that afterwards the hosts look as if they had lived through
it. What lay on them before moves back in time to where the period begins (`ageing`). While a job runs, simulated
time passes as real time does; while none runs, it jumps to the next start (`simulation`).
"""
