package rtsp

// Secret is a password. However it is printed, it shows as ***; string(s) is the password itself.
type Secret string

// String returns *** for a password, and nothing for none.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, for JSON and slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
