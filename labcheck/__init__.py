"""labcheck: teaching notebooks and a lab checker about backups."""
