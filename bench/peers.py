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


def php(variables, prefix=()):
    def start(folder, path, workers):
        pool = folder / "fpm.conf"
        pool.write_text(POOL.format(folder=folder, path=path, workers=workers))
        return [subprocess.Popen([*prefix, php_fpm(), "-R", "-F", "-y", pool], env=variables, stderr=subprocess.DEVNULL)]
    return start


def go(variables):
    return listening([BUILD / "form-go"], variables, alone=True)


def rust(variables):
    return listening([BUILD / "form-rs"], variables, alone=True)


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
        return None
    variables = os.environ | {"GO111MODULE": "off", "GOFLAGS": "", "CGO_ENABLED": "0", "GOCACHE": str(BUILD / "go-cache"),
                              "GOPATH": str(BUILD / "go")}
    subprocess.run(["go", "build", "-o", BUILD / "form-go", SOURCES / "form.go"], check=True, env=variables)
    return BUILD / "form-go"


def build_rust():
    """Debian's compiler, where it is there, without any crate."""
    compiler = next(filter(os.path.exists, ("/usr/bin/rustc",)), shutil.which("rustc"))
    if not compiler:
        return None
    subprocess.run([compiler, "--edition", "2021", "-C", "opt-level=3", "-o", BUILD / "form-rs", SOURCES / "form.rs"], check=True)
    return BUILD / "form-rs"


def installed(programs):
    """Those of the programs that are there; says which are not."""
    for name, there in programs.items():
        if not there:
            print(f"{name}: not installed")
    return {name: there for name, there in programs.items() if there}


def present():
    """The peers that are installed, by name: functions that take the variables of a program and give how to start it."""
    return installed({"PHP-FPM": php_fpm() and php, "Go net/http/fcgi": build_go() and go, "Rust, std alone": build_rust() and rust,
                      "Perl CGI::Fast": has_perl() and perl, "Python, uWSGI": has_uwsgi() and python})


def cgi():
    """The peers as CGI programs, by name."""
    return installed({"php-cgi": shutil.which("php-cgi"), "Go net/http/cgi": build_go(), "Rust, std alone": build_rust(),
                      "BusyBox ash": shutil.which("busybox") and shutil.which("flock") and SOURCES / "form.sh",
                      "Perl CGI": has_perl() and SOURCES / "form.pl", "Python, wsgiref": SOURCES / "form.py"})
