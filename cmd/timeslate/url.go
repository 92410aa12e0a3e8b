package main

import (
	"fmt"
	"regexp"
	"strings"
)

// userinfo is what stands between the scheme of a URL and its host, up to the last @ of the word: passwords hold anything.
var userinfo = regexp.MustCompile(`(?i)(rtsps?|https?)://[^\s"]*@`)

// masked takes the credentials out of a message, in which the user's own words may stand: a URL in the wrong place too.
func masked(message string) string { return userinfo.ReplaceAllString(message, "$1://***@") }

// schemeOf returns what a URL begins with, in lower case.
func schemeOf(url string) string {
	scheme, _, _ := strings.Cut(url, "://")
	return strings.ToLower(scheme)
}

// checkURL says what is wrong with a camera's URL before anything is done with it.
func checkURL(url string) error {
	scheme, rest, found := strings.Cut(url, "://")
	switch strings.ToLower(scheme) {
	case "rtsp", "rtsps":
		if found && rest != "" {
			return nil
		}
	}
	return usageError{fmt.Errorf("%q is no camera's URL", url), "it must begin with rtsp:// or rtsps://, like rtsp://192.0.2.10/stream1"}
}
