// Package load puts complete calls through a proxy and measures what comes of them,
// at as little cost as may be: caller and callee are one goroutine on a few UDP
// sockets, datagrams travel in batches, nothing is allocated once a run is warm.
//
// A call is INVITE, (100,) 180 and 200 back to back, ACK, BYE, 200, along the route
// that the proxy records. There are two ways to make them: a closed loop keeps a
// number of calls in flight and so finds the highest rate by itself, if the number
// is large enough: N calls in flight that each wait w cannot pass N/w. An open loop
// starts calls at a fixed rate whatever becomes of them.
//
// Without calls (see [Flow]) a request and its final response stand for one.
//
// The caller repeats an INVITE until a provisional response and another request until its
// final one, as RFC 3261 §17.1 says (T1 500 ms, at most 4 s apart); the callee
// repeats nothing.
package load
