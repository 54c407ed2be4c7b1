"""What GitHub shows of a grading."""
