//go:build !unix || solaris || aix

package record

import "os"

// lock does nothing here: the system's locks are mandatory (Windows) or missing, and a growing file must stay playable.
func lock(*os.File) error { return nil }
