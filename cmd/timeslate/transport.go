package main

import (
	"errors"
	"slices"

	"github.com/timeslate/timeslate/camera"
)

// transportValue is how packets come from a camera.
type transportValue struct{ choiceValue }

// The transports, in the words of the command line.
const (
	transportAuto = "auto"
	transportUDP  = "udp"
	transportTCP  = "tcp"
)

// transports maps the words to what the camera package calls them.
var transports = map[string]camera.Transport{
	transportAuto: camera.Auto, transportUDP: camera.UDP, transportTCP: camera.TCP,
}

// laterTransports are those that are planned.
var laterTransports = []string{"http", "multicast"}

func (f *flags) transport() *string {
	name := transportAuto
	f.add(transportValue{choiceValue{&name, []string{transportAuto, transportUDP, transportTCP}}}, "transport", "",
		"auto|udp|tcp", "how packets come (default auto: UDP, and TCP when no media came\nwithin 3s; http and multicast are still to come)")
	return &name
}

func (v transportValue) Set(s string) error {
	if slices.Contains(laterTransports, s) {
		return errors.New("not there yet; use udp or tcp")
	}
	return v.choiceValue.Set(s)
}
