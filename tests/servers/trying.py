"""One server, all checks, in a folder of their own."""
import os
import shutil
import tempfile
from pathlib import Path

from servers import trouble
from servers.checks import CHECKS
from servers.place import ServedPlace

TROUBLE = {function.__name__ for function, _ in CHECKS if function.__module__ == trouble.__name__}


def try_check(function, web):
    """Gives what is wrong, or None."""
    try:
        function(web)
    except Exception as wrong:  # whatever it is: the other checks go on
        return f"{type(wrong).__name__}: {wrong}"
    return None


def start(folder, server, front):
    """Starts it in a new folder below this one; anew with other ports where something has taken a free port meanwhile."""
    for attempt in range(3):
        own = folder / str(attempt)
        own.mkdir()
        folder.chmod(0o755)
        try:
            return ServedPlace(own, server, front)
        except AssertionError:
            if attempt == 2:
                raise
    return None


def try_server(server, front=(), names=None):
    """Runs these checks, or all, in a folder that is removed, and gives what was wrong by the name of each."""
    folder, wrong = Path(tempfile.mkdtemp(prefix="seeother-servers-", dir=server.parent or None)), {}
    try:
        place = start(folder, server, front)
        try:
            for function, _ in CHECKS:
                if (names is None or function.__name__ in names) and function.__name__ not in server.omitted:
                    wrong[function.__name__] = try_check(function, place.web)
            place.check_whole()
        finally:
            place.stop()
            if os.environ.get("SHOW_LOGS"):
                print(place.log(), *(each.log() for each in place.chain))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return wrong
