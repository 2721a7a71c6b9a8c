#!/bin/sh
# The browser tests drive Debian's chromium; install it where it is absent and can be.
set -e
if ! command -v apt-get >/dev/null; then
    echo "No chromium found, and no apt-get to install it with: install chromium by hand." >&2
    exit 1
fi
root=""
[ "$(id -u)" = 0 ] || root="sudo"
export DEBIAN_FRONTEND=noninteractive
$root apt-get update -qq
$root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
