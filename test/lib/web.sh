# Browser tests: what they need beside the program. Sourced by bash; SRC and TOOLS are set.

# web_test SCRIPT [WORD]...: runs test/web/SCRIPT with the modules of test/web/package-lock.json; 77 where something is missing.
web_test() {
    local name major modules
    for name in node npm flock; do
        if ! command -v "$name" >/dev/null; then
            echo "no $name here"
            exit 77
        fi
    done
    major=$(node -p 'process.versions.node.split(".")[0]')
    if [ "$major" -lt 18 ]; then
        echo "node $major is older than 18"
        exit 77
    fi
    CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
    if [ -z "$CHROMIUM" ]; then
        echo "no chromium here"
        exit 77
    fi
    modules=$(dirname "${TOOLS:?}")/web
    web_modules "$modules" || {
        echo "the modules of test/web/package-lock.json cannot be had here: $(tail -n 3 "$modules/npm.log" 2>/dev/null)"
        exit 77
    }
    export CHROMIUM WEB_MODULES=$modules
    name=$1
    shift
    exec node "${SRC:?}/test/web/$name" "$@"
}

# Installed once for a lock file; tests that run at the same time wait for one another.
web_modules() {
    mkdir -p "$1" || return
    (
        flock 9
        cmp -s "$SRC/test/web/package-lock.json" "$1/installed" && exit 0
        cp "$SRC/test/web/package.json" "$SRC/test/web/package-lock.json" "$1/" || exit 1
        npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund >"$1/npm.log" 2>&1 </dev/null || exit 1
        cp "$1/package-lock.json" "$1/installed"
    ) 9>"$1/lock"
}
