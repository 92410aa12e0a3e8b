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

// credentials are the flags that name a user.
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
			return "", "", usageError{errors.New("--password-file needs --user"), "for a user per camera there is --credentials"}
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

// logins are the flags that name the users at cameras: one for all, and one per camera in a file.
type logins struct {
	credentials
	file *string
}

func (f *flags) logins() logins {
	return logins{
		credentials: f.credentials("at the cameras"),
		file: f.string("credentials", "", "", "FILE",
			"file with a line `host user password` per camera, which goes before --user;\ncredentials in a URL go before both"),
	}
}

// resolve reads the files that the flags name.
func (l logins) resolve(env environment) (keyring, error) {
	user, password, err := l.credentials.resolve(env)
	k := keyring{others: login{user, password}}
	if err != nil || *l.file == "" {
		return k, err
	}
	if err := k.read(*l.file); err != nil {
		return k, fmt.Errorf("--credentials: %w", err)
	}
	if mode, open := readableByOthers(*l.file, env); open {
		fmt.Fprintf(env.stderr, "timeslate: others on this host can read the passwords in %s (mode %#o)\n  chmod 600 %[1]s\n",
			*l.file, mode)
	}
	return k, nil
}
