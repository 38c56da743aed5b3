// Package siptest tests whole proxies over real sockets of loopback.
//
//   - [StartProxy] builds cmd/fastsips once, starts it and collects its log.
//   - [Sipp] and [Calls] put load through it and count what went wrong.
//   - [Endpoint] is one UDP socket that sends any bytes and reads messages with
//     sipgo's parser: an oracle that shares no code with ours.
//   - [RunFile] plays a scenario that a SIP engineer can read (README.md).
//   - [Torture] sends RFC 4475 to a running proxy.
//
// A failure ends the test (Fatal); what a helper starts it also stops. Real time
// passes here, so every wait has a bound and none is longer than it must be.
package siptest
