"""How long a host may take to be reached and to answer, and how much it may say that nobody asked for."""

CONNECT_TIMEOUT_SECONDS = 8.0
"""For the connection and the sign-in, each; and for a yes to a command."""

RETRY_PAUSES_SECONDS = (0.5, 2.0)
PATIENCE_SECONDS = 16.0
"""For all tries: two sign-ins that nobody answers; three where the answer was a quick no."""

LISTENING_GRACE_SECONDS = 5.0
"""What a shell may take to begin with a question, past the question's own time."""

LATE_SECONDS = 1.0
"""What an answer in time may take on its way."""

TURN_SECONDS = 0.1
LONGEST_TURN_SECONDS = 0.5
"""How long one output is waited for before a look at the other; twice as long each time that nothing comes.

Hundreds of hosts that are busy would otherwise keep us busy, too.
"""

UNASKED_BYTES = 8 << 20
"""What may be on its way of an answer that was cut off, and a noisy login."""
