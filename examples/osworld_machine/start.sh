#!/bin/sh
# The display, its window manager and the server. The container ends when the server does.
set -eu

# A container that was stopped and started again still has the lock of its old display.
rm -f /tmp/.X0-lock /tmp/.X11-unix/X0
mkdir -p "$HOME/Desktop" "$HOME/Documents" "$HOME/Downloads" "$HOME/Music" "$HOME/Pictures" "$HOME/Videos"

Xvfb :0 -screen 0 "${SIZE}x24" -nolisten tcp -noreset &
export DISPLAY=:0

# The socket appears once the display takes connections.
tries=0
until [ -S /tmp/.X11-unix/X0 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 200 ] || { echo "Xvfb did not start" >&2; exit 3; }
    sleep 0.05
done

exec dbus-run-session -- sh -c '
    openbox &
    exec python -m envs.osworld.server --host 0.0.0.0 --port 5000 --display :0
'
