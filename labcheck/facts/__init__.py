"""Facts: what is asked of a host, each a command and the parser of its answer."""
