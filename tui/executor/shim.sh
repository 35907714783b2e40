# Runs one agent and outlives the executor. Called as: sh shim.sh LIMIT ATTEMPT_FOLDER WORKING_FOLDER PROGRAM [ARG ...]
#
# Descriptor 8 is lock A: held by this shell alone, so that "A is held" means "the leader is alive".
# Descriptor 9 is lock B: inherited by all that the agent starts, so that "B is held" means "something of it lives".
# The trap makes this shell outlive a signal to the group, so that it can still write down how the agent ended.
# Where the system allows it, this shell is the parent of all processes of the agent that lost theirs (subreaper.py):
# what is its child when the agent has ended was left behind, whatever it did to hide, and is written down with the
# time of its start, so that its number can't be mistaken for another process's later.
# LIMIT is the soft limit of descriptors for the agent, which its executor raised for itself; empty: as it is.
[ -z "$1" ] || ulimit -S -n "$1"
attempt=$2
folder=$3
shift 3
trap : TERM INT HUP
umask 077
# "command -p": PATH is the agent's, and may lack the system's programs or begin with a folder of the project.
printf '%s\n' "$$" >"$attempt/started.new" && command -p mv "$attempt/started.new" "$attempt/started" 8>&- || exit 125
if cd -- "$folder" 2>>"$attempt/err"; then
    "$@" 8>&- <"$attempt/prompt" >>"$attempt/out" 2>>"$attempt/err"
    rc=$?
else
    rc=126
fi
children=
[ ! -r "/proc/$$/task/$$/children" ] || read -r children <"/proc/$$/task/$$/children"
for child in $children; do
    stat=$(command -p cat "/proc/$child/stat" 2>/dev/null 8>&-) || continue
    set -f -- ${stat##*) }
    printf '%s %s\n' "$child" "${20}"
done >"$attempt/left"
printf '%s\n' "$rc" >"$attempt/rc.new" && command -p mv "$attempt/rc.new" "$attempt/rc" 8>&-
exit "$rc"
