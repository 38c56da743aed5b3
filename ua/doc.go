// Package ua is a SIP user agent for the command line: place a call, ask for
// OPTIONS, register, or answer calls, and see what went over the wire.
//
// Every message is printed as one line of a ladder when it passes the socket,
// so retransmissions, ACK and CANCEL show as well. The exit status tells the
// outcome (see [Main]). Transactions and digest answers are made by
// github.com/emiago/sipgo and github.com/icholy/digest; the dialog (RFC 3261
// §12) is kept here. The package shares no code with the proxy, so that a bug in
// one is not hidden by the same bug in the other.
//
// It sends no media, follows no redirection and knows neither TLS nor SRV
// records: give -proxy an address.
package ua
