"""Live pictures for the notebooks: something is changed, and what follows from it is redrawn at once."""
