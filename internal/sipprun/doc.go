// Package sipprun runs whole processes for load tests and measurements: a proxy
// built from this module, and SIPp on both sides of it.
//
// It knows nothing of package testing, so that commands may use it; package
// siptest wraps it for tests. Everything it starts is bound to loopback, bounded
// in time, and stopped by process id. Linux only: it reads /proc to see when a
// socket is bound and what a process has cost.
package sipprun
