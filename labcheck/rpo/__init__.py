"""The recovery point of a backup system: what a set of crontabs loses at worst, and why. Pure: nothing is run."""

from labcheck.rpo.answer import Answer, NoAnswer, answer
from labcheck.rpo.jobs import Durations
from labcheck.rpo.question import CrontabFile, Disaster, Period, Question

__all__ = ["Answer", "CrontabFile", "Disaster", "Durations", "NoAnswer", "Period", "Question", "answer"]
