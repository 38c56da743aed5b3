# make check: what has to hold before a commit.   make deep: what takes longer.
.PHONY: build check test race deep fresh bench pgo

# With the profile: 3 % more calls a second, for three times the compiling.
build:
	go build -pgo=cmd/fastsips/fastsips.pgo -o fastsips ./cmd/fastsips

check: fmt
	go vet ./...
	go test ./...

fmt:
	test -z "$$(gofmt -l .)"

test:
	go test ./...

race:
	go test -race ./...

FUZZ = -run='^$$' -fuzzminimizetime=10x -fuzztime=$(FUZZTIME)
FUZZTIME ?= 60s

# Sixty thousand calls over bad networks, long outages, a stalled log reader for a minute,
# fuzzing. bench/README.md lists the load tests and how to run one of them.
deep:
	FASTSIPS_DEEP=1 go test -count=1 -timeout 60m ./...
	go test -tags invariants ./...
	@set -e; go list -f '{{.Dir}}' ./... | while read d; do \
		for f in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$d/*_test.go 2>/dev/null | cut -c6-); do \
			echo "$$d $$f"; (cd $$d && go test $(FUZZ) -fuzz="^$$f\$$"); \
		done; \
	done

fresh:
	go generate ./...
	go mod tidy
	git diff --exit-code

# The profile that `make build` compiles with; to be refreshed after changes of the hot path.
pgo:
	go build -tags profiled -pgo=off -o /tmp/fastsips-profiled ./cmd/fastsips
	go run ./bench/pgo -bin /tmp/fastsips-profiled -o cmd/fastsips/fastsips.pgo
	rm /tmp/fastsips-profiled
