"""Peers that keep a worker waiting, and the honest posts that must be answered meanwhile."""
import time

import pytest

from harness.posts import GOOD

SOON = 3  # seconds in which an honest request must be answered, on a busy machine; the limits below are longer
LIMITS = "header_time = 20s\nbody_time = 20s\nbody_rate = 10"


@pytest.fixture
def program(start, way):
    """One worker, by FastCGI, which lets peers take long."""
    if way == "cgi":
        pytest.skip("each request has a process of its own")
    place = start(count=1)
    place.configure(general=LIMITS)
    assert place.get("/contact").status == 200
    return place


def honest(program):
    begun = time.monotonic()
    assert program.post(GOOD).status == 303
    assert time.monotonic() - begun < SOON
