package rtsp

// Login tells where a camera's URL leads and which user name it holds, "" for none, as Dial understands it. So a caller who
// has credentials of its own can find out which camera they are for, and whether the URL has better ones.
func Login(rawURL string) (host string, port int, username string, err error) {
	t, err := parseURL(rawURL)
	return t.host, t.port, t.username, err
}
