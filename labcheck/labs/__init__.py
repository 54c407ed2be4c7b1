"""The labs, by name."""
