import pytest

from labcheck.practice.apt import Mirror, parse_mirror

UBUNTU = """\
Ubuntu noble-security http://security.example.org/ubuntu/
Ubuntu noble-updates http://mirror.example.org/ubuntu/
Ubuntu noble http://mirror.example.org/ubuntu/
Ubuntu noble http://mirror.example.org/ubuntu/
"""
DEBIAN = """\
Debian bookworm-security http://mirror.example.org/debian-security/
Debian bookworm-security http://security.example.org/
Docker bookworm https://download.docker.com/linux/debian/
Debian bookworm-updates http://mirror.example.org/debian/
Debian bookworm http://mirror.example.org/debian/
"""


@pytest.mark.parametrize(
    ("targets", "mirror"),
    [
        (UBUNTU, Mirror("http://mirror.example.org/ubuntu", "noble")),
        (DEBIAN, Mirror("http://mirror.example.org/debian")),
        ("Debian sid file:/srv/mirror/debian\n", Mirror("file:/srv/mirror/debian")),
        ("", None),
        ("Docker bookworm https://download.docker.com/linux/debian/\n", None),
        ("Debian bookworm-security http://security.example.org/debian-security/\n", None),
        ("Linux Mint xia http://packages.linuxmint.com/\n", None),
        ("E: Unable to read /etc/apt\nDebian\n\n", None),
    ],
    ids=["ubuntu", "debian", "local mirror", "no targets", "others only", "security only", "two words", "garbage"],
)
def test_the_mirror_is_the_main_archive_of_debian_or_ubuntu(targets: str, mirror: Mirror | None) -> None:
    assert parse_mirror(targets) == mirror
