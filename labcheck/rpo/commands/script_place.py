"""Where a script lies, as the script itself works it out: `$(dirname "$0")`, with or without `cd` and `pwd`."""

import re

ITS_NAME = r"""["']?\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE(?:\[0\])?\})["']?"""
ITS_REAL_NAME = rf"""["']?\$\(\s*(?:readlink|realpath)\s(?:-\w+\s+)*{ITS_NAME}\s*\)["']?"""
DIRECTORY = re.compile(rf"\$\(\s*dirname\s+(?:--\s+)?(?:{ITS_NAME}|{ITS_REAL_NAME})\s*\)|\$\{{0%/\*\}}")
GONE_TO = re.compile(
    r"""\$\(\s*cd\s+(?:-\w\s+|--\s+)*["']?(?P<there>[^\s"'()$`]+)["']?[^()]{0,30}?(?:&&|;)\s*pwd[^()]{0,9}\)"""
)


def with_its_place(text: str, directory: str) -> str:
    """Return a script with the directory that it lies in where it asks for that."""
    return GONE_TO.sub(lambda found: found["there"], DIRECTORY.sub(lambda _: directory, text))
