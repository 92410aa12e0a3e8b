//go:build !windows && (!unix || solaris || aix)

package retain

import "os"

// remove deletes a file. There are no locks on this system.
func remove(name string) error { return os.Remove(name) }
