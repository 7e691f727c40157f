"""What a FastCGI worker of seeother takes: memory, among few or many; and time, for the first post of a day."""
import statistics
import time

import measure
from harness import clients
from harness.clock import DAY, Clock
from harness.processes import memory
from measure import BODY, TOP, Unmeasured


def start(folder, workers, environment):
    return measure.serving(measure.listening([TOP / "seeother"], environment), folder, workers)


def of_memory(folder, extent):
    """KiB of a worker and its supervisor after a load: their share of what they have (PSS)."""
    found = {}
    print(f"\n{'memory of a worker and its supervisor':38}{'KiB':>9}")
    for workers in (1, 8, 64):
        with measure.turn(folder) as made, start(made, workers, measure.configure(made, "no")) as (path, pids):
            measure.load(path, 64, extent.seconds)
            found[workers] = memory(pids()) / workers * 1024
        print(f"{f'one of {workers}':38}{found[workers]:9.0f}", flush=True)
    return found


def timed_post(path):
    values = clients.variables("POST", "/contact", CONTENT_TYPE=clients.FORM, CONTENT_LENGTH=str(len(BODY)))
    begun = time.perf_counter()
    status = clients.fcgi(path, values, BODY).status
    if status != 303:
        raise Unmeasured(f"a post was answered {status}")
    return (time.perf_counter() - begun) * 1e6


def of_midnight(folder, extent):
    """µs of the first post of a day and of those before midnight: medians over many days."""
    before, first = [], []
    with measure.turn(folder) as made:
        clock = Clock(made)
        midnight = (int(time.time()) // DAY + 1) * DAY
        with start(made, 1, measure.configure(made, "yes") | clock.environment) as (path, _):
            for day in range(extent.nights):
                clock.set_to(midnight + day * DAY - 60)
                before += [timed_post(path) for _ in range(5)][1:]
                clock.set_to(midnight + day * DAY + 1)
                first.append(timed_post(path))
    found = {"before": statistics.median(before), "first": statistics.median(first)}
    print(f"\na post with durable = yes takes {found['before']:.0f} µs before midnight, the first one afterwards {found['first']:.0f} µs, "
          f"{found['first'] / found['before']:.2f} × as long", flush=True)
    return found
