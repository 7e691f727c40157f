"""
A place whose posts are traced: one FastCGI worker there, the kinds of post that are made to it, and what each of them needs to have
come before it.
"""
import os
import shutil
import signal
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from harness import clients, fastcgi, servers
from harness.bodies import multipart
from harness.clients import whole
from harness.place import Place
from harness.processes import children, wait_for

SECONDS = 10  # for anything at all
CONTENT = b"content of a file\n" * 500

CONFIG = """
[seeother]
data = ../data
durable = yes

[form plain]
{more}
[form rated]
rate = 1000/minute
[form filed]
show_files = yes
files = yes
show_files = yes
