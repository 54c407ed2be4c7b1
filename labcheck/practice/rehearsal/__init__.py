"""A submission played in a practice lab: its crontab lives through some weeks, the database is lost, and its restore
document is followed to the letter. All of it is a stranger's program: it runs on the lab's hosts, which have no way
out of the lab meanwhile (`isolation`), and is bounded in time, output, memory and files (`typing`).
"""
