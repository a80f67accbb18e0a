#!/usr/bin/env bash
# Installs what the tests need and Go can't fetch: the databases and their
# shells, what makes disks and links fail, a browser with fonts that can write
# Korean, the type checker and axe. As root on Debian it installs what is missing;
# elsewhere it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # command, package
	command -v "$1" >/dev/null || missing+=("$2")
}
font() { # family, package
	[[ "$(fc-list 2>/dev/null | tr A-Z a-z)" == *"$1"* ]] || missing+=("$2")
}
need sqlite3 sqlite3
need strace strace
need ip iproute2
need tc iproute2
need psql postgresql-client
[ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || command -v initdb >/dev/null || missing+=(postgresql)
need chromium chromium
need fc-list fontconfig
need node nodejs
need npm npm
/usr/bin/python3 -c "import django" 2>/dev/null || missing+=(python3-django)
font nanum fonts-nanum
font 'noto color emoji' fonts-noto-color-emoji

if [ ${#missing[@]} -gt 0 ]; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "Please install: ${missing[*]}" >&2
		exit 1
	fi
	echo "Installing: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ ! -x test/browser/node_modules/.bin/tsc ] || [ test/browser/package-lock.json -nt test/browser/node_modules/.package-lock.json ]; then
	(cd test/browser && npm ci --no-audit --no-fund --silent)
fi
