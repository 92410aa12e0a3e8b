package main

import "errors"

// trackFlags say what of a camera is left out.
type trackFlags struct{ noVideo, noAudio *bool }

func (f *flags) tracks() trackFlags {
	return trackFlags{
		noVideo: f.bool("no-video", "", "record no video"),
		noAudio: f.bool("no-audio", "", "record no audio"),
	}
}

func (t trackFlags) check() error {
	if *t.noVideo && *t.noAudio {
		return usageError{errors.New("--no-video and --no-audio together leave nothing to record"), ""}
	}
	return nil
}
