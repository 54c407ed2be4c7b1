"""Asking hosts: a `Host` has four verbs, a `Site` is one student's hosts."""

from labcheck.hosts.host import OUTPUT_LIMIT_BYTES, Answer, Ask, Host, Question
from labcheck.hosts.site import Site, site_of

__all__ = ["OUTPUT_LIMIT_BYTES", "Answer", "Ask", "Host", "Question", "Site", "site_of"]
