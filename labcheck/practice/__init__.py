"""The practice lab: real servers in containers on this machine."""
