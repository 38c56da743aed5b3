// Package procs reads from /proc what other processes cost, for benchmarks: CPU time
// and context switches of all threads of a process and its children, and how busy
// the processors are. It also binds processes to processors.
package procs
