# What people do most often. CI runs .ci/run, which is all of this and more.
.PHONY: build test check fuzz bench evaluate demo man clean

build:
	CGO_ENABLED=0 go build -trimpath -o timeslate ./cmd/timeslate

test:
	go test ./...

check:
	test -z "$$(gofmt -l .)"
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go test -race ./...

fuzz:
	.ci/fuzz 10s

bench:
	go test -run '^$$' -bench . -benchmem ./...

# AMCREST=DIR adds recordings of real cameras, FLAGS=-markdown writes the tables for the README, FLAGS=-kinds adds all simulated cameras.
evaluate:
	go run ./internal/evaluate -amcrest "$(AMCREST)" $(FLAGS)

demo:
	go run ./cmd/timeslate demo

man: build
	./timeslate man >timeslate.1

clean:
	rm -rf timeslate timeslate.1 timeslate-demo
