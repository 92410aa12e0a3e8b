package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/timeslate/timeslate/rtsp"
)

// passwordVariable is the environment variable that holds the password for --user.
const passwordVariable = "TIMESLATE_PASSWORD"

// credentials are the flags that name a user. Credentials in the URL are used where there are no flags.
type credentials struct {
	user, passwordFile *string
}

func (f *flags) credentials(whose string) credentials {
	return credentials{
		user: f.string("user", "", "", "NAME",
			"user name "+whose+"; the password comes from "+passwordVariable+" or --password-file"),
		passwordFile: f.string("password-file", "", "", "FILE", "file whose first line is the password"),
	}
}

// resolve returns the user and the password. Both are empty without --user.
func (c credentials) resolve(env environment) (user string, password rtsp.Secret, err error) {
	if *c.user == "" {
		if *c.passwordFile != "" {
			return "", "", usageError{errors.New("--password-file needs --user"), ""}
		}
		return "", "", nil
	}
	if *c.passwordFile == "" {
		if password = rtsp.Secret(env.getenv(passwordVariable)); password == "" {
			return "", "", usageError{errors.New("--user needs a password"),
				"set " + passwordVariable + " or give --password-file; a file that is empty stands for no password"}
		}
		return *c.user, password, nil
	}
	text, err := os.ReadFile(*c.passwordFile)
	if err != nil {
		return "", "", fmt.Errorf("--password-file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return *c.user, rtsp.Secret(strings.TrimSuffix(line, "\r")), nil
}
