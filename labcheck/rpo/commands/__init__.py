"""What a shell command does to backups: dump, copy, add to a repository, clean up, remove, restore."""

from labcheck.rpo.commands.reading import read_command
from labcheck.rpo.commands.surroundings import Surroundings

__all__ = ["Surroundings", "read_command"]
