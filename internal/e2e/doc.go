// Package e2e tests fastsips as its users see it: the built program, real
// sockets of loopback, SIPp and user agents written down as scenarios, a private
// PostgreSQL; and the same proxy within the test, in virtual time, where long timers and
// very many calls cost little. It holds nothing but tests, and checks no part by itself: what one
// package promises is tested beside that package.
//
// FASTSIPS_DEEP=1 asks for the full length of the load tests, which take minutes;
// without it they run a tenth, or less. FASTSIPS_RACE=1 builds the program with the race
// detector.
package e2e
