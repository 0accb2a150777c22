# The front door. `make help` lists what there is; the work is done by CMake and scripts/.
BUILD   ?= build
JOBS    ?= $(shell nproc)
T       ?= 60
prefix  ?= /usr/local
export BUILD JOBS

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.PHONY: all lab check gates format fuzz bench proof pictures install clean clang help

all:      ## build the program (release): build/dialtone
	@scripts/deps build
	@scripts/build release all

lab:      ## a site on this machine: a dial tone, a failure, its diagnosis, its repair
	@scripts/deps build lab
	@scripts/build release all
	@$(BUILD)/dialtone lab demo

check:    ## sanitizer build, then every test; ONLY=proto/sip for one module or path
	@scripts/deps build lab test pictures
	@scripts/check $(ONLY)

gates:    ## module rule, purity, headers, layout, static analysis
	@scripts/deps build lab test
	@scripts/gates $(ONLY)

format:   ## lay out the C files as clang-format does; ONLY=src/base for some
	@find $(or $(ONLY),src test tools bench) -name '*.[ch]' | xargs -r clang-format -i

fuzz:     ## every fuzz target for T=60 seconds; ONLY=name for one
	@scripts/deps build lab test
	@scripts/fuzz $(T) $(ONLY)

bench:    ## benchmarks beside the peers they are compared with
	@scripts/deps build test bench
	@scripts/build release all tools bench
	@scripts/bench $(ONLY)

proof:    ## the long runs; a result stands until code changes; ONLY=name for one
	@scripts/proof $(ONLY)

pictures: all ## the pictures of the documents
	@scripts/pictures

clang:    ## the same program and tests, built by clang
	@scripts/deps build lab test
	@scripts/build clang all

install: all ## DESTDIR and prefix as usual
	@cmake --install $(BUILD)/release --prefix $(prefix) | sed -n 's/^-- Installing: //p'

clean:    ## remove build/
	@rm -rf $(BUILD)

help:     ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 17
