"""The floor: sign in to each host once, send one script, read what it says. ARGUMENTS: AT-ONCE KEY KNOWN-HOSTS HOST…"""

import sys
from concurrent.futures import ThreadPoolExecutor

import paramiko

NUMBERS = range(1, 21)
at_once, key, known_hosts, *hosts = sys.argv[1:]


def said_by(host: str) -> str:
    """Return what a host says to the whole script."""
    client = paramiko.SSHClient()
    client.load_host_keys(known_hosts)
    client.connect(host, 2222, "backup", key_filename=key, allow_agent=False, look_for_keys=False)
    with client:
        return client.exec_command("; ".join(f"cat answer-{number}" for number in NUMBERS))[1].read().decode()


with ThreadPoolExecutor(int(at_once)) as pool:
    for said in pool.map(said_by, hosts):
        assert said.split() == [str(number) for number in NUMBERS], said
