// Package inproc runs a proxy on real sockets in a process that can look at its collector
// and its heap from within, and tell the collector what to do: for benchmarks, which can
// do neither in a fastsips that they have started. The process is the benchmark's own
// program once more.
package inproc
