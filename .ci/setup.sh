#!/bin/sh
# Sets up what a make target needs, and nothing that is there already.
#
#   .ci/setup.sh install [EXTRA]   .venv with the project in it (EXTRA: dev, bench, …)
#   .ci/setup.sh browser           a browser that starts
#   .ci/setup.sh fonts             Chinese and emoji fonts, where the system's package manager may add them
#   .ci/setup.sh desktop [apps]    a private X display and the small applications of the desktop suite, there too
#                                  (apps: also LibreOffice, GIMP and VLC, about 1.5 GB)
#
# PYTHON=/path/to/python chooses the interpreter. Works with any POSIX shell.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 3; }
have() { command -v "$1" >/dev/null 2>&1; }
recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# The prefix that lets a command run as root without a password; fails where there is none.
as_root() {
    if [ "$(id -u)" = 0 ]; then ROOT=""; elif have sudo && sudo -n true 2>/dev/null; then ROOT="sudo -n"; else return 1; fi
}

apt_install() {
    have apt-get && as_root || return 1
    say "Installing with apt-get: $*"
    # shellcheck disable=SC2086  # ROOT is empty or two words
    { $ROOT apt-get update -q && $ROOT env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@"; } >&2
}

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
        if have "$name" && recent "$name"; then command -v "$name"; return 0; fi
    done
    return 1
}

get_python() {
    find_python && return
    if have brew; then say "Installing Python with brew"; brew install python@3.12 >&2 || true
    else apt_install python3 python3-venv || true; fi
    find_python || die "Python 3.11 or newer is needed, and none was found." \
        "Install one (Debian and Ubuntu: sudo apt-get install python3 python3-venv; macOS: brew install python@3.12)" \
        "or name it: make PYTHON=/path/to/python3"
}

make_venv() {
    # A folder that was moved or copied has a Python that no longer starts: it is made anew.
    if [ -x $VENV/bin/python ] && recent $VENV/bin/python && $VENV/bin/python -m pip --version >/dev/null 2>&1; then return; fi
    python=$(get_python)
    rm -rf $VENV
    say "Making $VENV with $python"
    if ! "$python" -m venv $VENV >&2; then
        rm -rf $VENV
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        apt_install "$version-venv" || apt_install python3-venv || \
            die "$python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install $version-venv"
        "$python" -m venv $VENV >&2
    fi
}

install() {
    make_venv
    say "Installing the project${1:+ with its extra '$1'} into $VENV"
    # Named first and exactly: a bare torch may bring gigabytes of CUDA packages that the tests have no use for.
    if [ "${1:-}" = dev ] && ! $VENV/bin/python -c 'import torch' >/dev/null 2>&1; then
        $VENV/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 >&2 || \
            die "pip could not install torch, which the tests of models in process need; its message stands above."
    fi
    $VENV/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${1:+[$1]}" >&2 || \
        die "pip could not install the project; its message stands above."
    : >"$VENV/.installed-${1:-core}"
    : >"$VENV/.installed-core"
}

browser() {
    $VENV/bin/python -c '
import sys
from envs.base import BrowserMissing
from envs.chromium import ensure
try:
    ensure(say=lambda line: print(line, file=sys.stderr))
except BrowserMissing as problem:
    sys.exit(str(problem))
' || exit 3
    # A browser that Playwright downloads lacks system libraries on a bare machine.
    if ! $VENV/bin/python -m agent.doctor browser >/dev/null 2>&1 && have apt-get && as_root; then
        say "The browser does not start; installing the libraries it needs"
        # shellcheck disable=SC2086
        $ROOT "$VENV/bin/python" -m playwright install-deps chromium >&2 || true
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
        x11vnc:x11vnc xdg-open:xdg-utils mousepad:mousepad pcmanfm:pcmanfm \
        xfce4-terminal:xfce4-terminal galculator:galculator gpicview:gpicview \
        ${1:+soffice:libreoffice-writer localc:libreoffice-calc loimpress:libreoffice-impress gimp:gimp vlc:vlc}; do
        have "${pair%%:*}" || wanted="$wanted ${pair#*:}"
    done
    [ -f /usr/share/glib-2.0/schemas/org.gnome.desktop.background.gschema.xml ] && have gsettings \
        || wanted="$wanted gsettings-desktop-schemas libglib2.0-bin"
    $VENV/bin/python -c 'import tkinter' >/dev/null 2>&1 || wanted="$wanted python3-tk"
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086
    apt_install --no-install-recommends $wanted || say "The desktop suite needs: sudo apt-get install$wanted"
}

case "${1:-}" in
    install) install "${2:-}" ;;
    browser) browser ;;
    fonts) fonts ;;
    desktop) desktop "${2:-}" ;;
    *) die "usage: .ci/setup.sh install [EXTRA] | browser | fonts | desktop [apps]" ;;
esac
