package datagram

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// MaxSize is how long a request or an answer may be, in bytes: OpenSIPS's limit.
const MaxSize = 65457

// An Address is where a server listens.
type Address struct {
	Network string // "udp" or "unixgram"
	Name    string // host:port, or a path
}

func (a Address) String() string {
	if a.Network == "udp" {
		return "udp:" + a.Name
	}
	return a.Name
}

// maxPath is what the kernel takes as the path of a UNIX socket.
const maxPath = 107

// ParseAddress takes socket_name of mi_datagram: udp:host:port, or a path with or
// without unix: in front.
func ParseAddress(text string) (a Address, err error) {
	if at, ok := strings.CutPrefix(text, "udp:"); ok {
		host, port, err := net.SplitHostPort(at)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
			return a, fmt.Errorf("%q should be udp:address:port", text)
		}
		return Address{"udp", at}, nil
	}
	path := strings.TrimPrefix(text, "unix:")
	if !filepath.IsAbs(path) || len(path) > maxPath || strings.ContainsRune(path, 0) {
		return a, fmt.Errorf("%q should be udp:address:port, or the whole path of a UNIX socket, of up to %d bytes", text, maxPath)
	}
	return Address{"unixgram", path}, nil
}

// removeStale removes a UNIX socket that nobody reads.
func removeStale(name string) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there already, and is no socket", name)
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_ = c.Close()
		return fmt.Errorf("another process reads %s", name)
	}
	return os.Remove(name)
}
