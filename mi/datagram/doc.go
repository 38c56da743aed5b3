// Package datagram carries management requests in datagrams, as OpenSIPS's mi_datagram
// module does: JSON-RPC 2.0 by UDP or a UNIX socket, one request or array of them in
// each, and the answer goes back to where it came from.
//
// The server runs on goroutines of its own, never on a loop. No client can hold it up:
// an answer that is not taken in time is dropped. The package refuses datagrams longer
// than [MaxSize], either way.
package datagram
