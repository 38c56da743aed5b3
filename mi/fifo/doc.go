// Package fifo carries management requests through named pipes, as OpenSIPS's mi_fifo
// does: a client writes ":reply:{...}" into the server's FIFO and reads the answer
// from the FIFO "reply" in the directory for replies.
//
// Neither side trusts the other. Requests are bounded in length and in the time that
// an incomplete one may lie about; a client that never reads its answer keeps one of
// a bounded number of goroutines for some seconds, and nobody waits for it. A server
// takes over a FIFO that was left behind, and refuses one that another process reads,
// or what is no FIFO. It knows nothing of JSON but where a value ends.
package fifo
