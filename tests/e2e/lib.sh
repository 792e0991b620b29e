# For shell tests of the running system: . "$(dirname "$0")/lib.sh"
#
#	weir_up              starts weir in a fresh directory and waits until it
#	                     is ready; sets WEIR_URL, WEIR_DATA_DIR, WEIR_UP_PID,
#	                     WEIR_KEY (ingest) and WEIR_READ_KEY, both prod
#	weir_key SCOPE ENV   prints a new key
#	weir_down            SIGTERM, and waits; fails if it took a kill
#	proxy_up [ARGS]      starts tests/e2e/proxy.py; sets PROXY_URL
#	get PATH             GET with the read key, body on standard output
#	ok NAME COMMAND...   one TAP line, by the command's exit code
#	finish               prints the plan, and exits 1 if anything failed
#
# Environment: WEIR_BUILD, the build directory (default build/release).
# Everything started is ended at exit, and its directory removed; the log of
# a failed test is kept in build/test.

set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BIN=$ROOT/${WEIR_BUILD:-build/release}/bin
T=$(mktemp -d "${TMPDIR:-/tmp}/weir.XXXXXX")
TAP_N=0 TAP_BAD=0 WEIR_UP_PID='' PROXY_PID=''
export PYTHONPATH="$ROOT/tests/e2e" PYTHONDONTWRITEBYTECODE=1

cleanup() {
	for p in $PROXY_PID $WEIR_UP_PID; do
		kill "$p" 2>/dev/null
	done
	for p in $PROXY_PID $WEIR_UP_PID; do
		wait "$p" 2>/dev/null
	done
	if [ "$TAP_BAD" -gt 0 ] && [ -f "$T/log" ]; then
		echo '# the end of weir'\''s log:'
		tail -n 40 "$T/log" | sed 's/^/# /'
	fi
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP

free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# A process that ended and was not yet waited for does not count.
alive() {
	grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# wait_line FILE PID: until FILE has a line "ready ..."; prints what follows.
wait_line() {
	i=0
	until grep -q '^ready ' "$1" 2>/dev/null; do
		alive "$2" || return 1
		i=$((i + 1))
		[ $i -lt 600 ] || return 1
		sleep 0.05
	done
	sed -n 's/^ready //p' "$1" | head -n 1
}

weir_key() {
	"$BIN/weir" key create --data "$WEIR_DATA_DIR" --project test \
	    --for tcc --scope "$1" --env "$2" --json |
	    jq -r '.key // .secret'
}

weir_up() {
	WEIR_DATA_DIR=${WEIR_DATA_DIR:-$T/data}
	: >"$T/stdout"
	"$BIN/weir" up --data "$WEIR_DATA_DIR" \
	    --listen "127.0.0.1:$(free_port)" "$@" >"$T/stdout" 2>>"$T/log" &
	WEIR_UP_PID=$!
	if ! WEIR_URL=$(wait_line "$T/stdout" $WEIR_UP_PID); then
		echo 'Bail out!  weir up did not become ready'
		TAP_BAD=1
		exit 1
	fi
	WEIR_KEY=${WEIR_KEY:-$(weir_key ingest prod)}
	WEIR_READ_KEY=${WEIR_READ_KEY:-$(weir_key read prod)}
	export WEIR_URL WEIR_DATA_DIR WEIR_UP_PID WEIR_KEY WEIR_READ_KEY
	export TCC_API_KEY="$WEIR_KEY" TCC_BASE_URL="$WEIR_URL"
}

weir_down() {
	kill "$WEIR_UP_PID" && wait "$WEIR_UP_PID"
	status=$?
	WEIR_UP_PID=
	return $status
}

proxy_up() {
	: >"$T/proxy"
	"$ROOT/tests/e2e/proxy.py" "$@" >"$T/proxy" &
	PROXY_PID=$!
	PROXY_URL=$(wait_line "$T/proxy" $PROXY_PID)
}

get() {
	curl -sS -H "Authorization: Bearer $WEIR_READ_KEY" "$WEIR_URL$1"
}

ok() {
	TAP_N=$((TAP_N + 1))
	ok_name=$1; shift
	if "$@" >"$T/ok" 2>&1; then
		echo "ok $TAP_N - $ok_name"
	else
		echo "not ok $TAP_N - $ok_name"
		tail -n 100 "$T/ok" | sed 's/^/# /'
		TAP_BAD=$((TAP_BAD + 1))
	fi
}

finish() {
	echo "1..$TAP_N"
	[ "$TAP_BAD" -eq 0 ]
	exit $?
}
