package miclient

import (
	"context"
	"fmt"
	"os"

	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/mi/fifo"
)

// A Target is where requests go: exactly one of FIFO, Datagram and URL is set.
type Target struct {
	FIFO     string           // fifo_name of mi_fifo
	Datagram datagram.Address // socket_name of mi_datagram
	URL      string           // of mi_http, with user and password if it wants them

	Insecure bool   // https without looking at the server's certificate
	Dir      string // for the FIFO or socket that the answer goes to; empty: the default of each
}

// Defaults of OpenSIPS and its tools.
const (
	DefaultURL = "http://127.0.0.1:8888/mi"
	replyDir   = "/tmp/"
)

// fifoNames are where a FIFO is, if nothing else is said: OpenSIPS's default
// configuration has the first, the module itself the second.
var fifoNames = []string{"/run/opensips/opensips_fifo", "/tmp/opensips_fifo"}

// Default is a FIFO that is there, else mi_http's default.
func Default() Target {
	for _, name := range fifoNames {
		if _, err := os.Lstat(name); err == nil {
			return Target{FIFO: name}
		}
	}
	return Target{URL: DefaultURL}
}

func (t Target) String() string {
	switch {
	case t.FIFO != "":
		return t.FIFO
	case t.URL != "":
		return withoutPassword(t.URL)
	}
	return t.Datagram.String()
}

// Call sends one JSON-RPC request and returns the answer.
func (t Target) Call(ctx context.Context, request []byte) ([]byte, error) {
	dir := t.Dir
	switch {
	case t.FIFO != "":
		if dir == "" {
			dir = replyDir
		}
		return fifo.Call(ctx, t.FIFO, dir, request)
	case t.Datagram.Name != "":
		if dir == "" {
			dir = os.TempDir()
		}
		return datagram.Call(ctx, t.Datagram, dir, request)
	case t.URL != "":
		return t.post(ctx, request)
	}
	return nil, fmt.Errorf("no way to send a request is given")
}
