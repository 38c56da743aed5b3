// Package relay stands between a client and a TCP server, for tests and
// benchmarks: it delays what the server answers, or spoils it.
//
// Each answer is held for the same time, whatever else is on its way, so
// pipelined answers overlap as they do on a long line: what came at t leaves at
// t + Delay, in order. One goroutine serves all connections, through one epoll
// set and one timer; what is due at about the same time leaves together. So a
// relay costs little of a processor that it shares.
//
// Delay and fault may be changed while connections are open.
package relay
