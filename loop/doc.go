// Package loop is the reactor: a fixed number of event loops, each one goroutine
// around one gnet poller, with its own UDP sockets, TCP connections, timers, pools and
// log ring.
//
// A *[Loop] in hand means that you are on it: it comes down in every callback and
// is never stored nor given to a goroutine. What others may keep is its [Mailbox],
// which takes tasks from anywhere. State of one loop lives in a [Local], which
// nobody without a *Loop can reach. Loops share no mutex.
//
// Nothing here blocks. A callback that blocks stops its loop's calls, so whatever
// may wait is watched ([Loop.Watch]), timed ([Loop.After]) or done elsewhere and
// posted back ([Mailbox.Post]).
//
// A loop waits in its poller's epoll set: in short naps while it is woken often, else in a
// system call that Go's scheduler knows of. A pass is the events that end a wait and what
// follows from them: due timers, the mailbox, deferred tasks, and last what was queued: the
// datagrams in one sendmmsg, one write for each connection. In steady state none of it
// allocates. A panic in a callback is counted and logged, and the loop carries on.
//
// For tests a [Virtual] drives the same loops in virtual time, with listeners in
// memory.
//
// The package refuses to parse what it carries, to queue without a bound, and to
// run on anything but Linux. It alone imports gnet.
package loop
