// Package steer has the kernel deliver a datagram to the socket of the loop that owns
// its Call-ID: by an eBPF program where the process may load one, else by a classic BPF
// program, which every process may attach. Both are made here, instruction by
// instruction, from the constants of [Owner].
//
// A program that does not find the Call-ID leaves the choice to the kernel, which
// chooses by the addresses. Nobody may rely on steering: who receives a message asks
// [Owner.Of], and hands over what is another loop's. The package refuses to be more than
// a hint.
package steer
