"""The exit codes of every command: a promise."""

ALL_PASSED = 0
FAILED = 1
TROUBLE = 2
INTERRUPTED = 130
