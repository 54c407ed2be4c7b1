"""What a shell command does to backups: dump, copy, add to a repository, clean up, remove, restore."""

from labcheck.rpo.commands.reading import Surroundings, read_command

__all__ = ["Surroundings", "read_command"]
