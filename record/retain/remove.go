package retain

import "errors"

// errInUse says that a file is being written, or otherwise in use.
var errInUse = errors.New("the file is in use")
