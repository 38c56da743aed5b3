// Package miclient sends management requests to a running fastsips or OpenSIPS, by
// whichever way it offers: a FIFO, a UNIX socket, UDP or HTTP. It is for `fastsips mi`
// and for tests.
package miclient
