"""The command `labcheck`; `python -m labcheck` is the same."""

import signal


def main() -> None:
    """Load the commands, and run the one that was typed; Ctrl-C before that ends it without a word."""
    answers = signal.getsignal(signal.SIGINT)
    if answers is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from labcheck.cli import main as run_command  # it takes as long to load as many a command to run

    signal.signal(signal.SIGINT, answers)
    run_command()


if __name__ == "__main__":
    main()
