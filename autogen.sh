#!/bin/sh
# Makes configure and Makefile.in; needs autoconf and automake.
set -eu
cd "$(dirname "$0")"
for tool in autoreconf automake; do
    command -v $tool > /dev/null && continue
    echo "autogen.sh: $tool is missing (Debian packages autoconf, automake)" >&2
    exit 1
done
exec autoreconf --install --warnings=all,no-portability
