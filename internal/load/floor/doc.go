// Package floor forwards datagrams between two addresses and does nothing else: no
// proxy can receive and send what a call consists of for less than this does. What a
// proxy's CPU per call is above it is its own work.
//
// It looks at where a datagram comes from and at nothing in it, so there is no 100, and
// it has one caller's port and one callee's.
package floor
