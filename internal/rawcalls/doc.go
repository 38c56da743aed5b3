// Package rawcalls makes many complete calls through a proxy, cheaply: one UDP
// socket is the caller, another the callee, and neither understands more SIP than
// the calls need. It counts on the wire what comes, in which order, and what the
// kernel dropped on the way to its sockets.
//
// A call is INVITE, 180 and 200 back to back, ACK, BYE, 200. Nothing is repeated:
// what is lost is missing from the result.
package rawcalls
