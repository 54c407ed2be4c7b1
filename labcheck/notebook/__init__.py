"""What a notebook cell calls."""
