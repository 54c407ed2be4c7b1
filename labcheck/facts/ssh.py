"""Facts about signing in from one host to another."""

from dataclasses import dataclass

from labcheck.hosts import Host

SSH_FAILED = 255


@dataclass(frozen=True)
class SignIn:
    """What came of an attempt to sign in without a prompt: the other side's host name, or ssh's complaint."""

    host_name: str = ""
    complaint: str = ""


def host_name(host: Host) -> str:
    """Return what a host calls itself."""
    return host.output("hostname").strip()


def sign_in(host: Host, account: str) -> SignIn:
    """Try to sign in from a host to `user@other`, where nobody can answer a prompt."""
    options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ClearAllForwardings=yes"]
    answer = host.run("ssh", *options, "--", account, "hostname", timeout_seconds=20)
    if answer.status == 0:
        return SignIn(host_name=answer.stdout.strip())
    lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
    return SignIn(complaint=lines[-1] if lines else f"ssh ended with status {answer.status}")
