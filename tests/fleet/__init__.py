"""The grader graded: hosts that are right or wrong in known ways, and what each check says of them (`make fleet`)."""
