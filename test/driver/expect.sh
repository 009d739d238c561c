# expect.sh STATUS COMMAND...: runs it, prints all that it says, and fails
# unless it ends with the status.
expected=$1
shift
"$@" 2>&1
status=$?
[ $status -eq "$expected" ] || {
    echo "status $status, expected $expected"
    exit 1
} >&2
