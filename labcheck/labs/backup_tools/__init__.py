"""Week 10: backup tools."""
