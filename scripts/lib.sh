# What several scripts need to know about the tree. Sourced by bash, from the root of the tree.

# The C files of ours: sources SUFFIX...
sources() {
    local folder folders=() suffix names=()
    for folder in src test tools bench; do
        [ ! -d "$folder" ] || folders+=("$folder")
    done
    for suffix in "$@"; do
        names+=(-o -name "*.$suffix")
    done
    find "${folders[@]}" -type f \( "${names[@]:1}" \) | LC_ALL=C sort
}

# The compiler flags of a file that matter to checkers; the pure layers are strict C17.
cflags() {
    case $1 in
    *_test.c | *_fuzz.c) echo "-std=gnu17 -Isrc -Wno-missing-prototypes" ;;
    src/base/* | src/share/* | src/proto/* | src/domain/* | src/flow/*) echo "-std=c17 -Isrc" ;;
    *) echo "-std=gnu17 -Isrc -pthread" ;;
    esac
}

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
    -Wwrite-strings -Wpointer-arith -Wcast-qual -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef -Werror"

# Runs a function on each line of standard input, $JOBS at a time: in_parallel FUNCTION
in_parallel() {
    export -f "${1?}" cflags
    export warnings
    xargs -r -d '\n' -n 1 -P "${JOBS:-$(nproc)}" bash -c "$1 \"\$0\""
}
