"""Grading: a lab's checks, run over sites."""
