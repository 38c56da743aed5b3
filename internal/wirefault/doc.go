// Package wirefault is a bad network in a box: relays on loopback that stand
// between two programs under test and do to their traffic what networks do.
//
// [UDP] drops, repeats, delays and so reorders datagrams. [TCP] cuts what passes
// into single bytes, stands still for a while, resets connections. Both are
// transparent: whoever sends to the relay is, to the target, another address of
// the relay, and what the target answers comes back. They know nothing of SIP.
//
// What happens to which datagram or connection is drawn from a seeded generator,
// in the order in which they come.
package wirefault
