package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

var versionCommand = command{
	name:    "version",
	summary: "Prints the version, Go's version and the dependencies",
	setup: func(*flags) action {
		return func(_ context.Context, env environment, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("version takes no %q", args[0]), ""}
			}
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{GoVersion: "an unknown Go version"}
			}
			fmt.Fprintf(env.stdout, "timeslate %s, %s\n", version(), info.GoVersion)
			for _, d := range info.Deps {
				fmt.Fprintf(env.stdout, "  %s %s\n", d.Path, d.Version)
			}
			return nil
		}
	},
}

// version returns the module's version as Go stamped it into the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
