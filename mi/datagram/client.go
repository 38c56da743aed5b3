package datagram

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Call sends one JSON-RPC request to a server and returns the answer. For a UNIX
// socket it makes one of its own in dir for so long, which the answer goes to.
func Call(ctx context.Context, at Address, dir string, request []byte) ([]byte, error) {
	c, end, err := dial(at, dir)
	if err != nil {
		return nil, err
	}
	defer end()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
	defer stop()
	if _, err := c.Write(request); err != nil {
		return nil, explain(at, err)
	}
	answer := make([]byte, MaxSize+1)
	n, err := c.Read(answer)
	if err != nil {
		return nil, errors.Join(ctx.Err(), explain(at, err))
	}
	return answer[:n], nil
}

// explain says in other words that nobody is there.
func explain(at Address, err error) error {
	if errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("nobody reads %s: is fastsips running, and does it load mi_datagram?", at)
	}
	return err
}

func dial(at Address, dir string) (c net.Conn, end func(), err error) {
	if at.Network == "udp" {
		c, err := net.Dial("udp", at.Name)
		if err != nil {
			return nil, nil, err
		}
		return c, func() { _ = c.Close() }, nil
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	own := filepath.Join(dir, "fastsips_mi_"+hex.EncodeToString(id[:]))
	u, err := net.DialUnix("unixgram", &net.UnixAddr{Name: own, Net: "unixgram"}, &net.UnixAddr{Name: at.Name, Net: "unixgram"})
	if err != nil {
		_ = os.Remove(own) // it is there if only the server was not
		return nil, nil, explain(at, err)
	}
	// The server may be another user.
	if err := os.Chmod(own, 0o622); err != nil {
		_, _ = u.Close(), os.Remove(own)
		return nil, nil, err
	}
	return u, func() { _, _ = u.Close(), os.Remove(own) }, nil
}
