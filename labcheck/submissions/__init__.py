"""A repository instead of a host: what a student submits is read, never run, and judged with file and line."""
