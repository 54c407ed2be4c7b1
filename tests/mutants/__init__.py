"""Small mistakes made on purpose in the code of the checks, to see which of them no test notices (`make mutants`)."""
