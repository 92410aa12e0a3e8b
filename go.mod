module github.com/timeslate/timeslate

go 1.26

require (
	github.com/abema/go-mp4 v1.7.1
	github.com/pion/rtcp v1.2.20
	github.com/pion/rtp v1.10.6
)

require (
	github.com/google/uuid v1.1.2 // indirect
	github.com/pion/randutil v0.1.0 // indirect
)
