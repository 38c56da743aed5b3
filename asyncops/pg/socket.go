package pg

import "github.com/fastsips/fastsips/asyncops/wire"

// A socket is what pgconn dials and speaks over in a worker, and what TLS goes on over on
// the loop: what it writes there goes into the conn's buffer.
type socket struct {
	*wire.Shim
	network, address string // as dialled
}
