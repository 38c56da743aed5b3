// Package benchproxy is what the benchmarks that compare proxies share: it starts a
// proxy and the servers that its script asks, binds each to its processors, puts load
// through it and notes what it costs. The load generator and other helpers are
// processes of their own: the program that uses this package starts itself as one
// of them, see [Help].
package benchproxy
