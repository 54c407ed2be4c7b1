"""labcheck: teaching notebooks and a lab checker about backups."""

__version__ = "0.1.0"
