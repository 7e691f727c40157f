"""The program by hand: its subcommands, each with the environment that the test gives."""
import os
import subprocess

from harness.paths import BINARY


def command(place, *words_, **more):
    """Runs a subcommand of the program of a place, with its configuration."""
    environment = {"PATH": os.environ["PATH"], "SEEOTHER_CONFIG": str(place.config)} | more.pop("environment", {})
    return subprocess.run([place.binary, *words_], env=environment, capture_output=True, text=True, timeout=60, **more)


def check(path, **environment):
    """Gives the status of "seeother check" and all that it says."""
    done = subprocess.run([BINARY, "check", path], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"]} | environment)
    return done.returncode, done.stdout + done.stderr
