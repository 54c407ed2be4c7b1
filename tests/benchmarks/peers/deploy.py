"""Twenty questions for pyinfra."""

from pyinfra.operations import server

for number in range(1, 21):
    server.shell(name=f"question {number}", commands=[f"test $(cat answer-{number}) = {number}"])
