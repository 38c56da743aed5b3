// Package scenario is the language in which tests of a proxy are written, and what
// plays them: user agents that send and want messages, and a whole proxy in memory and
// in virtual time.
//
// internal/siptest/README.md describes the steps. Package siptest plays scenarios in
// Go tests, also over real sockets; cmd/fastsips plays them for operators, so this
// package knows nothing of package testing. It refuses to open a socket: where one is
// needed, a [World] has it.
package scenario
