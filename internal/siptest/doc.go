// Package siptest tests whole proxies, over real sockets of loopback or in virtual
// time.
//
//   - [StartProxy] builds cmd/fastsips once, starts it and collects its log.
//   - [Sipp] and [Calls] put load through it and count what went wrong.
//   - [Endpoint] is one UDP socket that sends any bytes and reads messages with
//     sipgo's parser: an oracle that shares no code with ours.
//   - [StartVirtual] runs the same proxy within the test, on a [Net] in memory, where
//     no time passes but by the test's wish.
//   - [RunDir] and [RunDirVirtual] play scenarios that a SIP engineer can read
//     (README.md).
//   - [Torture] sends RFC 4475 to a running proxy.
//
// A failure ends the test (Fatal); what a helper starts it also stops. Where real
// time passes every wait has a bound and none is longer than it must be.
package siptest
