"""The same form in other languages, and how each is started.

The log is one that all share, or a file a submission, as people write it. That way the folder is not flushed, so a power cut may
still lose a name that was answered: seeother and the programs with one log promise more.
"""
import glob
import os
import shutil
import subprocess

from measure import BUILD, TOP, listening

SOURCES = TOP / "bench" / "peers"
POOL = """
[global]
error_log = {folder}/fpm.log
[www]
user = root
listen = {path}
pm = static
pm.max_children = {workers}
clear_env = no
security.limit_extensions =
"""


def environment(folder, log, durable):
    return {"PATH": os.environ["PATH"], "DATA": str(folder), "LOG": log, "DURABLE": durable}


def php(variables):
    def start(folder, path, workers):
        pool = folder / "fpm.conf"
        pool.write_text(POOL.format(folder=folder, path=path, workers=workers))
        return [subprocess.Popen([php_fpm(), "-R", "-F", "-y", pool], env=variables, stderr=subprocess.DEVNULL)]
    return start


def go(variables):
    return listening([BUILD / "form-go"], variables, alone=True)


def perl(variables):
    return listening([SOURCES / "form.pl"], variables, alone=True, errors=subprocess.DEVNULL)


def python(variables):
    def start(folder, path, workers):
        return [subprocess.Popen(["uwsgi", "--plugin", "python3", "--fastcgi-socket", path, "--master", "--processes", str(workers),
                                  "--need-app", "--disable-logging", "--listen", "1024", "--wsgi-file", SOURCES / "form.py"],
                                 env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    return start


def php_fpm():
    return next(iter(sorted(glob.glob("/usr/sbin/php-fpm*"))), None)


def has_perl():
    modules = ["-MCGI::Fast", "-MFCGI::ProcManager", "-MJSON::XS"]
    return subprocess.run(["perl", *modules, "-e1"], stderr=subprocess.DEVNULL).returncode == 0


def has_uwsgi():
    if not shutil.which("uwsgi"):
        return False
    return subprocess.run(["uwsgi", "--plugin", "python3", "--version"], capture_output=True).returncode == 0


def build_go():
    """Go's own compiler, without any module."""
    if not shutil.which("go"):
        return False
    variables = os.environ | {"GO111MODULE": "off", "GOFLAGS": "", "CGO_ENABLED": "0", "GOCACHE": str(BUILD / "go-cache"),
                              "GOPATH": str(BUILD / "go")}
    subprocess.run(["go", "build", "-o", BUILD / "form-go", SOURCES / "form.go"], check=True, env=variables)
    return True


def present():
    """The peers that are installed, by name: functions that take the variables of a program and give how to start it."""
    found = {}
    for name, there, start in (("PHP-FPM", php_fpm(), php), ("Go net/http/fcgi", build_go(), go),
                               ("Perl CGI::Fast", has_perl(), perl), ("Python, uWSGI", has_uwsgi(), python)):
        if there:
            found[name] = start
        else:
            print(f"{name}: not installed")
    return found


def cgi():
    """The peers as CGI programs, by name."""
    found = {}
    for name, there, program in (("php-cgi", shutil.which("php-cgi"), shutil.which("php-cgi")),
                                 ("Perl CGI", has_perl(), SOURCES / "form.pl"), ("Python, wsgiref", True, SOURCES / "form.py")):
        if there:
            found[name] = program
        else:
            print(f"{name}: not installed")
    return found
